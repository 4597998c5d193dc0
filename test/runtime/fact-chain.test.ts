import { describe, expect, it } from 'vitest';
import { CHAIN_START, type ChainRow, chainFacts, type FactRow, type Page, verifyJournal } from '../../runtime/index.ts';

/** Batches of one, two and three facts in turn; batches without facts lie between. */
function chained(batches: number) {
  const facts: FactRow[] = [];
  const chain: ChainRow[] = [];
  for (let n = 1; n <= batches; n += 1) {
    const own = Array.from({ length: (n % 3) + 1 }, (_, index): FactRow => ({ seq: facts.length + index + 1, batch: n * 2, at: n, kind: 'noted', body: `{"n":${n}}` }));
    chain.push(chainFacts(chain.at(-1)?.hash ?? CHAIN_START, n * 2, own));
    facts.push(...own);
  }
  return { facts, chain };
}

const at = <T>(rows: T[], index: number, change: Partial<T>): T[] => rows.map((row, n) => (n === index ? { ...row, ...change } : row));
const journalOf = ({ facts, chain }: ReturnType<typeof chained>) => ({
  facts: async ({ after, limit }: Page) => facts.filter((row) => row.seq > after).slice(0, limit),
  chain: async ({ after, limit }: Page) => chain.filter((row) => row.batch > after).slice(0, limit),
});

const noted: FactRow = { seq: 1, batch: 1, at: 1_767_225_600_000, kind: 'plan.submitted', body: '{"a":"ü"}' };

describe('a chain of facts', () => {
  it('verifies as it was written, and when it is empty', async () => {
    const rows = chained(6);
    expect(await verifyJournal(journalOf(rows))).toEqual({ ok: true, facts: rows.facts.length, lastHash: rows.chain.at(-1)?.hash, formerUpTo: 0 });
    expect(await verifyJournal(journalOf({ facts: [], chain: [] }))).toEqual({ ok: true, facts: 0, lastHash: CHAIN_START, formerUpTo: 0 });
  });

  it('has a fixed encoding, so that old chains verify with new versions', () => {
    expect(chainFacts(CHAIN_START, 1, [noted])).toEqual({
      batch: 1,
      firstFact: 1,
      lastFact: 1,
      factHashes: '',
      hash: 'f06ad3854ddba45ac928c7f65eb318f2f46aa7bfed736226fa7874dd5635161c',
    });
    const two = { batch: 1, firstFact: 1, lastFact: 2 };
    const facts = [noted, { ...noted, seq: 2, at: 1.5 }];
    expect(chainFacts(CHAIN_START, 1, facts)).toEqual({ ...two, factHashes: '.I_LR8hZs', hash: 'd32b5d9a1dc7331c57a94c03038b2509cff76186ed8756c66a0a92cd09568ca8' });
    // As it was written while each fact had a hash of its own.
    const former = { ...two, factHashes: 'STrw-Z_bbtmv482I_IADH6', hash: '51405b492f90bdcf30276635d5f67e6832064c9d65e1b693d33cee7d878d61b3' };
    expect(chainFacts(CHAIN_START, 1, facts, true)).toEqual(former);
  });

  it('goes on behind batches whose facts have hashes of their own, and finds the altered one of those', async () => {
    const facts = [noted, { ...noted, seq: 2 }, { ...noted, seq: 3 }];
    const next = { ...noted, seq: 4, batch: 2 };
    const former = chainFacts(CHAIN_START, 1, facts, true);
    const rows = { facts: [...facts, next], chain: [former, chainFacts(former.hash, 2, [next])] };
    expect(await verifyJournal(journalOf(rows))).toMatchObject({ ok: true, facts: 4, formerUpTo: 0 });
    const altered = { ...rows, facts: at(rows.facts, 1, { body: '{"a":"u"}' }) };
    expect(await verifyJournal(journalOf(altered))).toMatchObject({ ok: false, batch: 1, firstFact: 2, lastFact: 2, why: 'fact 2 was altered' });
  });

  it('goes on behind batches that a version without hashes of facts wrote, and says up to where those go', async () => {
    const former: ChainRow = { batch: 1, firstFact: 1, lastFact: 1, factHashes: null, hash: '0039803efb60ce97816274581d8871e9371ef295f7c96bbce1371910494c9aad' };
    const next = { ...noted, seq: 2, batch: 2 };
    const rows = { facts: [noted, next], chain: [former, chainFacts(former.hash, 2, [next])] };
    expect(await verifyJournal(journalOf(rows))).toMatchObject({ ok: true, facts: 2, formerUpTo: 1 });
    const altered = { ...rows, facts: [{ ...noted, at: 1 }, next] };
    expect(await verifyJournal(journalOf(altered))).toMatchObject({ ok: false, batch: 1, firstFact: 1, why: 'its facts do not match its hash' });
  });

  it.each<[string, (rows: ReturnType<typeof chained>) => ReturnType<typeof chained>, { batch: number; why: RegExp; facts: readonly [number, number] }]>([
    ['a changed body', ({ facts, chain }) => ({ facts: at(facts, 2, { body: '{"n":9}' }), chain }), { batch: 4, why: /^fact 3 was altered$/, facts: [3, 3] }],
    ['a changed time', ({ facts, chain }) => ({ facts: at(facts, 3, { at: 9 }), chain }), { batch: 4, why: /^fact 4 was altered$/, facts: [4, 4] }],
    ['a changed kind', ({ facts, chain }) => ({ facts: at(facts, 0, { kind: 'other' }), chain }), { batch: 2, why: /^fact 1 was altered$/, facts: [1, 1] }],
    ['a change of the last fact of a batch', ({ facts, chain }) => ({ facts: at(facts, 4, { body: '' }), chain }), { batch: 4, why: /^fact 5 was altered$/, facts: [5, 5] }],
    ['a fact moved to another batch', ({ facts, chain }) => ({ facts: at(facts, 0, { batch: 4 }), chain }), { batch: 2, why: /missing/, facts: [1, 1] }],
    [
      'text moved from one fact to the next',
      ({ facts, chain }) => ({ facts: at(at(facts, 2, { body: '{"n":2}{' }), 3, { body: '"n":2}' }), chain }),
      { batch: 4, why: /^fact 3 was altered$/, facts: [3, 3] },
    ],
    [
      'a fact drawn into its neighbour, and another cut in two',
      ({ facts, chain }) => ({ facts: at(at(facts, 2, { body: '{"n":2}\nnoted\n{"n":2}' }), 3, { kind: 'noted', body: '' }), chain }),
      { batch: 4, why: /^fact 3 was altered$/, facts: [3, 3] },
    ],
    [
      'two facts swapped',
      ({ facts, chain }) => ({ facts: at(at(facts, 1, { body: facts[4]?.body ?? '' }), 4, { body: facts[1]?.body ?? '' }), chain }),
      { batch: 2, why: /^fact 2 was altered$/, facts: [2, 2] },
    ],
    ['a fact removed', ({ facts, chain }) => ({ facts: facts.toSpliced(3, 1), chain }), { batch: 4, why: /^fact 4 is missing$/, facts: [4, 4] }],
    [
      'a batch removed with its facts',
      ({ facts, chain }) => ({ facts: facts.filter((fact) => fact.batch !== 4), chain: chain.toSpliced(1, 1) }),
      { batch: 6, why: /begin at 6, expected 3/, facts: [3, 5] },
    ],
    ['a row of the chain removed', ({ facts, chain }) => ({ facts, chain: chain.toSpliced(1, 1) }), { batch: 6, why: /begin at 6, expected 3/, facts: [3, 5] }],
    ['a batch twice', ({ facts, chain }) => ({ facts, chain: [...chain.slice(0, 2), chain[1] as ChainRow, ...chain.slice(2)] }), { batch: 4, why: /later batch/, facts: [3, 5] }],
    ['a changed hash', ({ facts, chain }) => ({ facts, chain: at(chain, 1, { hash: CHAIN_START }) }), { batch: 4, why: /its hash was altered; its facts are as/, facts: [3, 5] }],
    ['a changed hash at the end', ({ facts, chain }) => ({ facts, chain: at(chain, 3, { hash: CHAIN_START }) }), { batch: 8, why: /^fact 8 was altered$/, facts: [8, 8] }],
    ['a changed number of a batch', ({ facts, chain }) => ({ facts, chain: at(chain, 1, { batch: 5 }) }), { batch: 5, why: /its number was altered: it was 4$/, facts: [3, 5] }],
    ['a changed start', ({ facts, chain }) => ({ facts, chain: at(chain, 1, { firstFact: 4 }) }), { batch: 4, why: /begin at 4, which is 3$/, facts: [3, 5] }],
    ['a changed end', ({ facts, chain }) => ({ facts, chain: at(chain, 1, { lastFact: 6 }) }), { batch: 4, why: /not as many marks as facts/, facts: [3, 6] }],
    [
      'a changed mark of a fact',
      ({ facts, chain }) => ({ facts, chain: at(chain, 1, { factHashes: `${chain[1]?.factHashes?.slice(0, -4)}__--` }) }),
      { batch: 4, why: /^the mark of fact 4 was altered; the fact is as it was written$/, facts: [4, 4] },
    ],
    ['marks of facts removed', ({ facts, chain }) => ({ facts, chain: at(chain, 1, { factHashes: null }) }), { batch: 4, why: /marks of its facts were removed/, facts: [3, 5] }],
    [
      'a fact added at the end',
      ({ facts, chain }) => ({ facts: [...facts, { ...(facts.at(-1) as FactRow), seq: facts.length + 1 }], chain }),
      { batch: 8, why: /in no batch/, facts: [9, 9] },
    ],
  ])('shows %s and names it, whatever the page size', async (what, tamper, { batch, why, facts: [firstFact, lastFact] }) => {
    const tampered = journalOf(tamper(chained(4)));
    // A journal gives batches by number, so what only their order shows needs all of them at once.
    for (const pageSize of what === 'a batch twice' ? [16] : [1, 2, 200])
      expect(await verifyJournal(tampered, { pageSize })).toMatchObject({ ok: false, batch, firstFact, lastFact, why: expect.stringMatching(why) });
  });

  it('verifies page by page, whatever the page size', async () => {
    const rows = chained(8);
    for (const pageSize of [1, 2, 3, 7, 8, 9]) {
      expect(await verifyJournal(journalOf(rows), { pageSize })).toMatchObject({ ok: true, facts: rows.facts.length, lastHash: rows.chain.at(-1)?.hash });
    }
  });

  it('is never empty in a batch', () => {
    expect(() => chainFacts(CHAIN_START, 1, [])).toThrow(RangeError);
  });
});
