// Troupe's own tools as actions for the gate, when a permission prompt asks about one: a call of the operation, named by what that may do.
import type { Operation } from './operation.ts';

/** Mail, and what a guest says of itself and of the task that it holds: nobody else's work is begun, changed or ended by it. */
const SPOKEN: readonly string[] = [
  'message.send',
  'agent.join',
  'agent.heartbeat',
  'agent.leave',
  'inbox.wait',
  'inbox.ack',
  'task.claim',
  'task.progress',
  'task.complete',
  'task.fail',
  'permission.prompt',
];

type Known = Pick<Operation, 'name' | 'permission'>;

function kindOf({ name, permission }: Known): string {
  if (permission === 'read') return 'READ';
  if (SPOKEN.includes(name)) return 'SPEAK';
  return permission === 'act' ? 'ACT' : 'DECIDE';
}

export interface OwnTools {
  /** The name under which the client has us; undefined: it did not say, and no tool is known to be ours. */
  readonly server: string | undefined;
  /** Operations by their name. */
  find(operation: string): Known | undefined;
}

/**
 * Undefined for a tool that is none of ours. A tool is named by the server that offers it, and servers are named by whoever adds them: `troupe`
 * may be anybody's, whose tool no token of ours stands before.
 */
export function ownToolCall(tool: string, input: unknown, { server, find }: OwnTools) {
  const prefix = `mcp__${server}__`;
  if (server === undefined || !tool.startsWith(prefix)) return undefined;
  const operation = find(tool.slice(prefix.length).replace('_', '.'));
  return operation === undefined ? undefined : ({ type: 'API_CALL', payload: { method: kindOf(operation), url: `troupe:${operation.name}`, body: input } } as const);
}
