// The shape of a plan file, as INTERFACES promise it: which keys there are and what each takes. What they mean together is checked later.
import { z } from 'zod';
import { knownKeys } from '../source-file/index.ts';

/** setTimeout takes no more; about 24 days. */
const LONGEST_MS = 2_147_483_647;
/** Between two attempts, whatever the backoff: a pause is no schedule. */
export const LONGEST_PAUSE_MS = 300_000;
const duration = z.int().min(1).max(LONGEST_MS);
const text = z.string().min(1).max(65_536);
const word = z.string().min(1).max(256);
const json = z.json();

/** Fit for addresses, branch names and templates. */
const TASK_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const STEP_SHAPES = {
  bash: text,
  file: knownKeys({
    op: z.enum(['read', 'write', 'append', 'delete', 'mkdir', 'move', 'list']),
    path: text,
    content: z.string().optional(),
    to: text.optional(),
  }),
  api: knownKeys({
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
    url: text,
    headers: z.record(word, z.string()).optional(),
    body: json.optional(),
  }),
  query: knownKeys({
    database: text,
    dialect: z.enum(['sqlite']).default('sqlite'),
    sql: text,
    params: z.array(z.union([z.string(), z.number(), z.null()], { error: 'must be a text, a number or null' })).optional(),
  }),
  deploy: knownKeys({
    environment: word,
    version: word,
    strategy: z.enum(['rolling', 'blue_green', 'all_at_once']).optional(),
    source: text.optional(),
    target: text.optional(),
    verify: text.optional(),
    rollbackTo: word.nullable().optional(),
  }),
  message: knownKeys({ to: word, type: word, payload: z.record(z.string(), json).optional() }),
} as const;

export type StepKind = keyof typeof STEP_SHAPES;
export const STEP_KINDS = Object.keys(STEP_SHAPES) as readonly StepKind[];

const step = knownKeys({
  bash: STEP_SHAPES.bash.optional(),
  file: STEP_SHAPES.file.optional(),
  api: STEP_SHAPES.api.optional(),
  query: STEP_SHAPES.query.optional(),
  deploy: STEP_SHAPES.deploy.optional(),
  message: STEP_SHAPES.message.optional(),
  /** Of a command: the folder it runs in. */
  cwd: text.optional(),
  idempotent: z.boolean().optional(),
  timeoutMs: duration.optional(),
});

const task = knownKeys({
  id: z.string().regex(TASK_ID, "is no task id: a letter or digit, then at most 63 letters, digits, '-' and '_'"),
  agent: word.optional(),
  capability: z.union([word, z.array(word).min(1).max(32)], { error: 'must be a capability, or a list of them' }).optional(),
  needs: z.array(z.string()).optional(),
  retry: knownKeys({
    /** Attempts in all. */
    max: z.int().min(1).max(100).optional(),
    backoff: z.enum(['exponential', 'fixed']).optional(),
    baseMs: z.int().min(0).max(LONGEST_PAUSE_MS).optional(),
  }).optional(),
  timeoutMs: duration.optional(),
  steps: z.array(step).min(1).max(1_000).optional(),
  /** Words for a guest, instead of steps. */
  text: text.optional(),
});

export const planFileSchema = knownKeys({
  name: z.string().trim().min(1).max(100),
  workspace: text.optional(),
  goal: text.optional(),
  tasks: z.array(task).min(1).max(1_000),
});

export type PlanFile = z.infer<typeof planFileSchema>;
export type TaskFile = PlanFile['tasks'][number];
export type StepFile = z.infer<typeof step>;
