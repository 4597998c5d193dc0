// What the audit log proves of a deployment that is tried twice: voted for, used, not held and taken back; then voted for again, and promoted.
// In this order, by the numbers of the facts, on a chain that was verified.
import type { Proof } from './evidence.ts';

export interface AuditedFact {
  readonly fact: number;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface AuditVerdict {
  readonly ok: boolean;
  readonly facts: number;
}

/** Kinds that the proof reads. */
export const PROVING_KINDS = ['round.vote', 'round.decided', 'approval.used', 'deployment.changed'] as const;

type Mark = readonly [name: string, found: AuditedFact | undefined];

/** `first` and `second`: ids of the two deployments. */
export function deployedByVote(facts: readonly AuditedFact[], { first, second }: { readonly first: string; readonly second: string }, audit: AuditVerdict): Proof {
  const claim = 'what the fleet voted for was deployed, and taken back when it did not hold';
  const find = (kind: string, id: string, members: Readonly<Record<string, unknown>>): AuditedFact | undefined =>
    facts.find((each) => each.kind === kind && each.body.id === id && Object.entries(members).every(([name, value]) => each.body[name] === value));
  const granted = (id: string): readonly Mark[] => [
    [`the vote on ${id}`, find('round.decided', `${id}.round`, { outcome: 'accepted' })],
    [`the use of its grant by ${id}`, find('approval.used', id, {})],
    [`the verification of ${id}`, find('deployment.changed', id, { state: 'verifying' })],
  ];
  const marks: readonly Mark[] = [
    ...granted(first),
    [`the way back of ${first}`, find('deployment.changed', `${first}.rollback`, { state: 'restored' })],
    [`the end of ${first}`, find('deployment.changed', first, { state: 'rolled_back' })],
    ...granted(second),
    [`the promotion of ${second}`, find('deployment.changed', second, { state: 'promoted' })],
  ];
  const wrong = problemOf(marks) ?? (audit.ok ? undefined : 'the audit log was altered');
  const votes = facts.filter(({ kind, body }) => kind === 'round.vote' && [`${first}.round`, `${second}.round`].includes(String(body.id))).length;
  const numbers = marks.map(([, found]) => found?.fact).join(' < ');
  return {
    claim,
    holds: wrong === undefined,
    detail: wrong ?? `${votes} signed votes in 2 rounds; rolled back, then promoted; facts ${numbers} of ${audit.facts} on a verified chain`,
  };
}

function problemOf(marks: readonly Mark[]): string | undefined {
  const missing = marks.find(([, found]) => found === undefined);
  if (missing !== undefined) return `the audit log does not have ${missing[0]}`;
  const late = marks.find(([, found], at) => at > 0 && (marks[at - 1]?.[1]?.fact ?? 0) >= (found?.fact ?? 0));
  return late === undefined ? undefined : `the audit log has ${late[0]} too early`;
}
