// What a ballot does to the world: looks at evidence, has tests run by the executors of the gate, has its vote signed.
import { effect } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { readStepOutcome } from '../work/outcome.ts';
import type { ExecuteOrder, StepOutcome } from '../work/types.ts';
import type { BallotContext, BallotOrder, TestRun } from './ballot-context.ts';
import { type Look, type LookingServices, lookInto } from './evidence/look.ts';
import { type SignedVote, voteText } from './vote.ts';

export interface BallotServices extends LookingServices, Pick<Services, 'hosts' | 'voterKeys' | 'clock' | 'hidden'> {}

const LOOK_MS = 60_000;
const TESTS_MS = 20 * 60_000;
const SESSION_WAIT_MS = 60_000;
const HOST_GRACE_MS = 30_000;
const SIGN_MS = 10_000;

export function lookEffect(services: BallotServices) {
  return effect<Look, BallotOrder>({ idempotent: true, deadlineMs: LOOK_MS, run: ({ input }) => lookInto(input, services, services.clock.now()) });
}

export interface TestOrder {
  readonly agent: string;
  readonly request: string;
  readonly run: TestRun;
}

/** Tests may be begun again: they are no work, they look at it. */
export function testsEffect(services: BallotServices) {
  return effect<StepOutcome, TestOrder>({
    idempotent: true,
    deadlineMs: TESTS_MS + SESSION_WAIT_MS + HOST_GRACE_MS,
    run: async ({ input, signal, epoch, key }) => {
      const { action, surroundings, verdict } = input.run;
      const looked = verdict.looked === undefined ? {} : { looked: verdict.looked };
      const limits = { containment: services.contain(verdict), hidden: services.hidden, timeoutMs: TESTS_MS };
      const order: ExecuteOrder = { request: input.request, key, epoch, action, surroundings, actionHash: verdict.actionHash, ...looked, ...limits };
      return readStepOutcome(await services.hosts.call(input.agent, 'request.execute', order, { signal, waitMs: SESSION_WAIT_MS }));
    },
  });
}

/** Throws before there is something to sign. */
export function unsignedVote({ order, finding, at }: BallotContext): Omit<SignedVote, 'signature'> {
  if (finding === null) throw new Error(`${order.voter} has not made up its mind`);
  return { round: order.round, actionHash: order.actionHash, voter: order.voter, vote: finding.vote, at };
}

export function signEffect({ voterKeys }: BallotServices) {
  return effect<SignedVote, Omit<SignedVote, 'signature'>>({
    idempotent: true,
    deadlineMs: SIGN_MS,
    run: async ({ input }) => ({ ...input, signature: await voterKeys.sign(input.voter, voteText(input)) }),
  });
}
