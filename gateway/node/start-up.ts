// A node is ready when every agent that is not stopped has a session whose host has answered.
import { codedError } from '../../runtime/index.ts';
import { agentReports, type RunningNode } from './running-node.ts';
import { READY_MS } from './sessions.ts';
import { waitUntil } from './wait-until.ts';

const NOT_YET: readonly string[] = ['starting', 'lost'];
/** One start and one repetition of it. */
const DEADLINE_MS = 2 * READY_MS + 5_000;

/** Throws `NodeNotReady`, naming each agent and what its session says. Returns at once when nobody waits any more. */
export async function awaitSessions({ system, clock }: RunningNode, signal?: AbortSignal): Promise<void> {
  const late = () => agentReports(system).filter(({ state }) => NOT_YET.includes(state));
  const failed = () => agentReports(system).filter(({ state }) => state === 'failed');
  await waitUntil(clock, () => signal?.aborted === true || late().length === 0 || failed().length > 0, DEADLINE_MS);
  if (signal?.aborted === true) return;
  const missing = [...failed(), ...late()];
  if (missing.length === 0) return;
  const problem = missing.map(({ name, state, why }) => `'${name}' is ${state}${why === null ? '' : ` (${why})`}`).join('; ');
  throw codedError('NodeNotReady', { withinMs: DEADLINE_MS, problem: `${problem}; run \`troupe doctor\`` });
}
