import { describe, expect, it } from 'vitest';
import { type AuditedFact, deployedByVote } from '../../../gateway/demo/deployment-proof.ts';

const IDS = { first: 'p.launch.0.1', second: 'p.launch.0.2' };
const AUDIT = { ok: true, facts: 99 };

const changed = (id: string, state: string): Omit<AuditedFact, 'fact'> => ({ kind: 'deployment.changed', body: { id, state } });
const granted = (id: string): ReadonlyArray<Omit<AuditedFact, 'fact'>> => [
  { kind: 'round.vote', body: { id: `${id}.round`, voter: 'testing', vote: 'yes' } },
  { kind: 'round.decided', body: { id: `${id}.round`, outcome: 'accepted' } },
  { kind: 'approval.used', body: { id } },
  changed(id, 'verifying'),
];
const WHOLE = [...granted(IDS.first), changed(`${IDS.first}.rollback`, 'restored'), changed(IDS.first, 'rolled_back'), ...granted(IDS.second), changed(IDS.second, 'promoted')];
const numbered = (facts: ReadonlyArray<Omit<AuditedFact, 'fact'>>): readonly AuditedFact[] => facts.map((each, at) => ({ ...each, fact: at + 1 }));

describe('the proof of the demo about its deployment', () => {
  it('holds for what the audit log has whole and in order', () => {
    expect(deployedByVote(numbered(WHOLE), IDS, AUDIT)).toMatchObject({ holds: true, detail: expect.stringContaining('2 signed votes in 2 rounds') });
  });

  it('falls with each single fact that is missing', () => {
    for (const [at, { kind }] of WHOLE.entries()) {
      const proof = deployedByVote(numbered(WHOLE.filter((_, index) => index !== at)), IDS, AUDIT);
      expect([kind, proof.holds]).toEqual([kind, kind === 'round.vote']);
    }
  });

  it('falls when a grant was used before the vote, or what was promoted had not been taken back before', () => {
    const swapped = (one: number, other: number) => WHOLE.map((each, at) => (at === one ? WHOLE[other] : at === other ? WHOLE[one] : each)) as typeof WHOLE;
    expect(deployedByVote(numbered(swapped(1, 2)), IDS, AUDIT)).toMatchObject({ holds: false, detail: expect.stringContaining('too early') });
    expect(deployedByVote(numbered(swapped(5, 10)), IDS, AUDIT)).toMatchObject({ holds: false });
  });

  it('falls when the vote was a no, or the chain is broken', () => {
    const no = WHOLE.map((each) => (each.kind === 'round.decided' ? { ...each, body: { ...each.body, outcome: 'rejected' } } : each));
    expect(deployedByVote(numbered(no), IDS, AUDIT).holds).toBe(false);
    expect(deployedByVote(numbered(WHOLE), IDS, { ...AUDIT, ok: false })).toMatchObject({ holds: false, detail: 'the audit log was altered' });
  });
});
