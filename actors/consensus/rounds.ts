// The behaviours of rounds and ballots: templates of the dynamic supervisors `rounds` and `ballots`.
import type { ChildSpec } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import type { Services } from '../fleet/services.ts';
import { ballotMachine } from './ballot.machine.ts';
import { roundMachine } from './round.machine.ts';

/** Template `round` of the supervisor `rounds`, with a RoundOrder. A vote that comes before the keys are pinned waits. */
export function roundTemplate(services: Services): (input: unknown, id: string) => ChildSpec {
  const logic = roundMachine(services);
  return (input, id) => worker(id, logic, { durable: true, restart: 'transient', input, version: 1, postpone: ['CAST_VOTE'] });
}

/** Template `ballot` of the supervisor `ballots`, with a BallotOrder; its id is `<round>.<voter>`. */
export function ballotTemplate(services: Services): (input: unknown, id: string) => ChildSpec {
  const logic = ballotMachine(services);
  return (input, id) => worker(id, logic, { durable: true, restart: 'transient', input, version: 1 });
}
