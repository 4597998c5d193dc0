// Troupe's own tools as actions for the gate, when a permission prompt asks about one: a call of the operation, named by what that may do.
import type { Operation } from './operation.ts';

/** As `claude mcp add troupe …` names them. */
const PREFIX = 'mcp__troupe__';

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

/** Undefined for a tool that is none of ours. `find`: operations by their name. */
export function ownToolCall(tool: string, input: unknown, find: (operation: string) => Known | undefined) {
  if (!tool.startsWith(PREFIX)) return undefined;
  const operation = find(tool.slice(PREFIX.length).replace('_', '.'));
  return operation === undefined ? undefined : ({ type: 'API_CALL', payload: { method: kindOf(operation), url: `troupe:${operation.name}`, body: input } } as const);
}
