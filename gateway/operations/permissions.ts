// The permission prompt of Claude Code (`--permission-prompt-tool`): each call of its tools that wants permission is a request of this
// node, decided as every other, but executed by Claude Code itself. Its contract fixes the names of the fields.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isOwnTool, NOWHERE } from '../../actors/gate/index.ts';
import type { RequestOrder } from '../../actors/request/request-context.ts';
import type { RequestReport } from '../../actors/request/request-report.ts';
import type { Action } from '../../actors/work/types.ts';
import { canonicalJson, codedError } from '../../runtime/index.ts';
import { text } from './answers/words.ts';
import { asGuestInput, awaitEndAlive, presentGuestOf, type WaitingFor } from './guest-calls.ts';
import { type Operation, type OperationContext, operation } from './operation.ts';
import { permissionAction } from './permission-action.ts';
import { readRequest } from './settled-report.ts';

const DAY_MS = 24 * 3_600_000;
const DECIDED: readonly string[] = ['succeeded', 'failed', 'cancelled', 'skipped'];

interface Prompt {
  readonly tool_name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly tool_use_id?: string | undefined;
}

/** The same call asked about again, as after a cut connection, is the same request. */
function requestId({ caller }: OperationContext, prompt: Prompt): string {
  const asked = canonicalJson({ by: caller.name, workspace: caller.workspace ?? null, ...prompt });
  return `permission.${createHash('sha256').update(asked).digest('hex').slice(0, 24)}`;
}

function orderOf({ caller }: OperationContext, id: string, action: Action): RequestOrder {
  // What is asked of the node itself is about no folder.
  const needsPlace = caller.workspace === undefined && !(action.type === 'API_CALL' && isOwnTool(action.payload));
  const placed = needsPlace ? ({ workspace: NOWHERE.workspace, outside: 'unplaced' } as const) : ({ workspace: caller.workspace ?? NOWHERE.workspace, outside: 'placed' } as const);
  return {
    id,
    planId: 'permission',
    taskId: caller.name,
    task: '',
    step: 0,
    attempt: 1,
    agent: caller.name,
    action,
    idempotent: false,
    timeoutMs: DAY_MS,
    caller: caller.token?.subjectName ?? caller.name,
    approve: null,
    approvalMs: DAY_MS,
    ...placed,
  };
}

async function decided(context: OperationContext, id: string, waiting: WaitingFor): Promise<RequestReport['report']> {
  const { node, caller, signal } = context;
  const read = () => readRequest(node.system, id);
  const isEnded = ({ report }: RequestReport): boolean => DECIDED.includes(report.status);
  const seen = await awaitEndAlive(context, waiting, { isNews: (kind) => kind === 'request.changed', read, isEnded, timeoutMs: DAY_MS });
  // Asked again, it goes on where it was.
  if (node.stopping.aborted && !isEnded(seen)) throw codedError('NodeStopped');
  // Who asked has gone: nobody would run what is allowed now.
  if (signal.aborted && !isEnded(seen)) await node.system.ref(`requests/${id}`).tell({ type: 'CANCEL', by: caller.name, why: 'who asked has gone' });
  return seen.report;
}

/** `find`: the table that these are part of. */
export const permissionOperations = (find: (operation: string) => Pick<Operation, 'name' | 'permission'> | undefined): readonly Operation[] => [
  operation({
    name: 'permission.prompt',
    title: 'Permission prompt',
    summary: 'whether a call of a tool of Claude Code may go ahead: by the gate, and by a person where it is not LOW',
    permission: 'act',
    idempotent: true,
    waits: true,
    textOnly: true,
    input: z.strictObject({ tool_name: z.string().min(1).max(200), input: z.record(z.string(), z.unknown()), tool_use_id: z.string().min(1).max(200).optional(), ...asGuestInput }),
    output: z.strictObject({ behavior: z.enum(['allow', 'deny']), updatedInput: z.record(text, z.unknown()).optional(), message: text.optional() }),
    async run(context, { agent, membership, ...prompt }) {
      const guest = agent === undefined && membership === undefined ? undefined : presentGuestOf(context, { agent, membership });
      const id = requestId(context, prompt);
      const started = await context.node.system.startChild('requests', {
        template: 'request',
        id,
        input: orderOf(context, id, permissionAction(prompt.tool_name, prompt.input, { server: context.caller.server, find })),
      });
      if (!started.ok && started.reason !== 'already_started') throw codedError('NotDone', { what: 'permission.prompt', reason: started.reason });
      const { status, verdict, error } = await decided(context, id, { agent: guest?.agent.name, toolUse: prompt.tool_use_id });
      // Some versions take no answer without the input.
      if (status === 'succeeded') return { behavior: 'allow', updatedInput: prompt.input };
      const by = verdict?.decision === 'denied' ? `Denied by ${verdict.by ?? 'nobody'}: ${verdict.why ?? ''}` : (error?.message ?? 'It was not decided.');
      return { behavior: 'deny', message: `${by} (request ${id})` };
    },
  }),
];
