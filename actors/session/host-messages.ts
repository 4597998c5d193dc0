// What node and agent host say to each other, as schemas: both sides parse what they receive.
import { z } from 'zod';
import { REACHES } from '../work/types.ts';

const Name = z.string().min(1).max(200);
const Payload = z.record(z.string(), z.unknown());
const Count = z.int().min(0);

const BashAction = z.object({ type: z.literal('BASH_COMMAND'), payload: z.strictObject({ command: z.string(), cwd: z.string().optional() }) });
const FileAction = z.object({
  type: z.literal('FILE_OPERATION'),
  payload: z.strictObject({
    op: z.enum(['read', 'write', 'append', 'delete', 'mkdir', 'move', 'list']),
    path: z.string(),
    content: z.string().optional(),
    to: z.string().optional(),
  }),
});
const ApiAction = z.object({
  type: z.literal('API_CALL'),
  payload: z.strictObject({ method: z.string(), url: z.string(), headers: z.record(z.string(), z.string()).optional(), body: z.unknown().optional() }),
});
const QueryAction = z.object({
  type: z.literal('DATABASE_QUERY'),
  payload: z.strictObject({ database: z.string(), dialect: z.literal('sqlite'), sql: z.string(), params: z.array(z.union([z.string(), z.number(), z.null()])).optional() }),
});
const DeployAction = z.object({
  type: z.literal('DEPLOYMENT'),
  payload: z.strictObject({
    environment: z.string(),
    version: z.string(),
    strategy: z.enum(['rolling', 'blue_green', 'all_at_once']).optional(),
    source: z.string().optional(),
    target: z.string().optional(),
    verify: z.string().min(1).max(65_536).optional(),
    rollbackTo: z.string().min(1).max(256).nullable().optional(),
  }),
});
/** A side effect that an agent asks for. Unknown fields are refused: what is not understood is not assessed. */
export const ActionSchema = z.discriminatedUnion('type', [BashAction, FileAction, ApiAction, QueryAction, DeployAction]);

export const Hello = z.object({ agent: Name, ticket: z.string().max(200), nonce: z.string().max(200), pid: z.int().positive(), startedAt: z.number() });

/** The answer to a hello. */
export interface Welcome {
  readonly epoch: number;
  readonly heartbeatMs: number;
  readonly missedHeartbeats: number;
}

export const Submission = z.object({
  id: Name,
  planId: Name,
  taskId: Name,
  step: Count,
  attempt: Count,
  action: ActionSchema,
  idempotent: z.boolean(),
  timeoutMs: z.number().positive().optional(),
});

/** `id` makes sending it again harmless. */
export const SentMessage = z.object({ id: Name, planId: Name, taskId: Name, step: Count, attempt: Count, to: Name, type: Name, payload: Payload });
export const Typed = z.object({ text: z.string().max(65_536) });
export const Progress = z.object({ planId: Name, taskId: Name, step: Count, attempt: Count, note: z.string().max(4_096) });
export const DeliveredMessage = z.looseObject({ id: Name, from: z.string(), type: Name, payload: z.unknown().optional() });
export const TurnCancel = z.object({ turn: Name });

const Outcome = z.looseObject({ status: z.enum(['succeeded', 'failed', 'denied', 'interrupted', 'skipped', 'cancelled']) });
/** What a host needs of a StepOutcome; the rest travels as it is. */
export const OutcomeSchema = Outcome;

const Step = z.object({
  kind: z.enum(['bash', 'file', 'api', 'query', 'deploy', 'message']),
  payload: Payload,
  idempotent: z.boolean(),
  timeoutMs: z.number().positive().optional(),
});
export const Turn = z.object({
  turn: Name,
  planId: Name,
  taskId: Name,
  agent: Name,
  attempt: Count,
  steps: z.array(Step),
  results: z.record(z.string(), Outcome),
  variables: Payload,
  workspace: z.string(),
});

export const Order = z.object({
  request: Name,
  key: Name,
  epoch: Count,
  action: ActionSchema,
  surroundings: z.object({ workspace: z.string(), deployRoot: z.string(), healthUrl: z.string() }),
  actionHash: z.string(),
  looked: z.strictObject({ factsHash: z.string(), paths: z.array(z.string()), trees: z.array(z.string()) }).optional(),
  timeoutMs: z.number().positive(),
  containment: z.object({ reach: z.enum(REACHES), network: z.boolean(), keepSettings: z.boolean() }).nullable(),
  hidden: z.array(z.string()),
});

/** How the run of that epoch ended. */
export const OutcomeQuestion = z.object({ key: Name, epoch: Count });

export type HelloParams = z.infer<typeof Hello>;
export type SentMessageParams = z.infer<typeof SentMessage>;
export type ProgressParams = z.infer<typeof Progress>;
