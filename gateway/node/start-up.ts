// A node is ready when every agent that is not stopped has a session whose host has answered.
import { codedError } from '../../runtime/index.ts';
import { agentReports, type RunningNode } from './running-node.ts';
import { waitUntil } from './wait-until.ts';

const NOT_YET: readonly string[] = ['starting', 'lost'];
const MORE_MS = 5_000;

export interface StartUp {
  /** What one session may take. */
  readonly readyMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Throws `NodeNotReady`, naming each agent and what its session says. Returns at once when nobody waits any more. */
export async function awaitSessions({ system, clock }: RunningNode, { readyMs, signal }: StartUp): Promise<void> {
  // One start and one repetition of it.
  const withinMs = 2 * readyMs + MORE_MS;
  const late = () => agentReports(system).filter(({ state }) => NOT_YET.includes(state));
  const failed = () => agentReports(system).filter(({ state }) => state === 'failed');
  await waitUntil(clock, () => signal?.aborted === true || late().length === 0 || failed().length > 0, withinMs);
  if (signal?.aborted === true) return;
  const missing = [...failed(), ...late()];
  if (missing.length === 0) return;
  const problem = missing.map(({ name, state, why }) => `'${name}' is ${state}${why === null ? '' : ` (${why})`}`).join('; ');
  throw codedError('NodeNotReady', { withinMs, problem: `${problem}; run \`troupe doctor\`` });
}
