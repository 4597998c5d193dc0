// On which terms a decision is had, per level of risk: who is asked and when, how many people, until when. A section of the policy file.
// Whatever a policy says, an agent decides on nothing above MEDIUM, and CRITICAL takes two people or a round.
import { z } from 'zod';
import type { RoundPolicy } from '../consensus/round-order.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No decision is awaited for longer. */
export const LONGEST_WAIT_MS = 14 * DAY_MS;

export const RUNGS = ['delegate', 'operator', 'second', 'round'] as const;
export type RungKind = (typeof RUNGS)[number];

const waitMs = z.int().min(0).max(LONGEST_WAIT_MS);
const names = z.array(z.string().trim().min(1).max(256)).min(1).max(100);

const rung = z.strictObject({
  /** `delegate`: an agent. `operator`, `second`: people. `round`: a vote of agents. */
  who: z.enum(RUNGS),
  /** How long after the opening it is asked; those before it may still decide. */
  afterMs: waitMs,
  /** A delegate's agent; for people, who may decide from then on. Default: whoever has the right. */
  names: names.optional(),
});

const level = z.strictObject({
  rungs: z.array(rung).min(1).max(16),
  /** Undecided for so long it is expired. */
  expireMs: waitMs.min(1_000),
  /** Two different people, and neither the agent that asks nor whoever gave it the work. */
  fourEyes: z.boolean(),
  /** How many people must say yes; one no is a no. */
  people: z.int().min(1).max(20),
  /** A grant that nobody used for so long is expired. */
  useWithinMs: waitMs.min(1_000).default(7 * DAY_MS),
});

type LevelTerms = z.infer<typeof level>;
type LevelRule = readonly [broken: (terms: LevelTerms) => boolean, path: string, message: string];

const has = ({ rungs }: LevelTerms, who: RungKind): boolean => rungs.some((each) => each.who === who);

const EVERY_LEVEL: readonly LevelRule[] = [
  [({ rungs }) => rungs[0]?.afterMs !== 0, 'rungs', 'the first rung is asked at once: afterMs 0'],
  [({ rungs }) => rungs.some((each, at) => each.afterMs < (rungs[at - 1]?.afterMs ?? 0)), 'rungs', 'each rung is asked after the one before: afterMs grows'],
  [({ rungs, expireMs }) => rungs.some((each) => each.afterMs >= expireMs), 'expireMs', 'is later than the afterMs of every rung'],
  [({ rungs }) => rungs.some((each) => each.who === 'delegate' && each.names === undefined), 'rungs', "a delegate is named: names: ['supervisor']"],
  [(terms) => has(terms, 'delegate') && (terms.fourEyes || terms.people > 1), 'rungs', 'a delegate decides alone: not with fourEyes or more than one of people'],
];
const ABOVE_MEDIUM: readonly LevelRule[] = [[(terms) => has(terms, 'delegate'), 'rungs', 'an agent decides on nothing above MEDIUM']];
const CRITICAL_ONLY: readonly LevelRule[] = [
  [(terms) => !has(terms, 'round') && !terms.fourEyes && terms.people < 2, 'fourEyes', 'CRITICAL takes a round or two people: fourEyes true'],
];

const checked = (rules: readonly LevelRule[]) =>
  level.superRefine((terms, context) => {
    for (const [broken, path, message] of rules) if (broken(terms)) context.addIssue({ code: 'custom', path: [path], message });
  });

/** `approvals` of the policy file. */
export const approvalsSchema = z.strictObject({
  MEDIUM: checked(EVERY_LEVEL),
  HIGH: checked([...EVERY_LEVEL, ...ABOVE_MEDIUM]),
  CRITICAL: checked([...EVERY_LEVEL, ...ABOVE_MEDIUM, ...CRITICAL_ONLY]),
  /** Whether HIGH and CRITICAL want a person's login: `unhidden`, where agents could find the token file. */
  login: z.enum(['never', 'unhidden', 'always']),
});
export type Approvals = z.infer<typeof approvalsSchema>;

const WEEK = { expireMs: 7 * DAY_MS, useWithinMs: 7 * DAY_MS };
const ONE_PERSON = { ...WEEK, fourEyes: false, people: 1 };

/** Asked at once; the second person when nobody has decided by then. */
const people = (secondAfterMs: number): LevelTerms['rungs'] => [
  { who: 'operator', afterMs: 0 },
  { who: 'second', afterMs: secondAfterMs },
];

export const DEFAULT_APPROVALS: Approvals = {
  MEDIUM: { ...ONE_PERSON, rungs: people(DAY_MS) },
  HIGH: { ...ONE_PERSON, rungs: people(4 * HOUR_MS) },
  CRITICAL: { ...WEEK, fourEyes: true, people: 2, rungs: [{ who: 'round', afterMs: 0 }, ...people(HOUR_MS)] },
  login: 'unhidden',
};

/** What one approval is opened with; a policy that changes later changes nothing about it. */
export interface ApprovalTerms extends LevelTerms {
  /** Only a person who came in by a login decides. */
  readonly login: boolean;
  /** How the round is set up; null where the ladder has none. */
  readonly round: RoundPolicy | null;
}

export interface TermsGround {
  readonly approvals: Approvals;
  readonly rounds: RoundPolicy;
  /** Agents could find the token file. */
  readonly unhidden: boolean;
}

export function termsFor({ approvals, rounds, unhidden }: TermsGround, risk: 'MEDIUM' | 'HIGH' | 'CRITICAL'): ApprovalTerms {
  const wanted = approvals.login === 'always' || (approvals.login === 'unhidden' && unhidden);
  const terms = approvals[risk];
  return { ...terms, login: wanted && risk !== 'MEDIUM', round: has(terms, 'round') ? rounds : null };
}
