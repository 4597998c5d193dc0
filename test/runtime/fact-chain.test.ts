import { describe, expect, it } from 'vitest';
import { verifyJournal } from '../../runtime/fact-chain.ts';
import { CHAIN_START, type ChainRow, chainFacts, type FactRow, type Page, verifyChain } from '../../runtime/index.ts';

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

describe('a chain of facts', () => {
  it('verifies as it was written, and when it is empty', () => {
    const { facts, chain } = chained(6);
    expect(verifyChain(chain, facts)).toEqual({ ok: true, facts: facts.length, lastHash: chain.at(-1)?.hash });
    expect(verifyChain([], [])).toEqual({ ok: true, facts: 0, lastHash: CHAIN_START });
  });

  it('has a fixed encoding, so that old chains verify with new versions', () => {
    const row = chainFacts(CHAIN_START, 1, [{ seq: 1, batch: 1, at: 1_767_225_600_000, kind: 'plan.submitted', body: '{"a":"ü"}' }]);
    expect(row).toEqual({ batch: 1, firstFact: 1, lastFact: 1, hash: '0039803efb60ce97816274581d8871e9371ef295f7c96bbce1371910494c9aad' });
  });

  it.each<[string, (rows: ReturnType<typeof chained>) => ReturnType<typeof chained>, { batch: number; why: RegExp }]>([
    ['a changed body', ({ facts, chain }) => ({ facts: at(facts, 2, { body: '{"n":9}' }), chain }), { batch: 4, why: /do not match/ }],
    ['a changed time', ({ facts, chain }) => ({ facts: at(facts, 2, { at: 9 }), chain }), { batch: 4, why: /do not match/ }],
    ['a changed kind', ({ facts, chain }) => ({ facts: at(facts, 0, { kind: 'other' }), chain }), { batch: 2, why: /do not match/ }],
    ['a fact moved to another batch', ({ facts, chain }) => ({ facts: at(facts, 0, { batch: 4 }), chain }), { batch: 2, why: /missing/ }],
    [
      'text moved from one fact to the next',
      ({ facts, chain }) => ({ facts: at(at(facts, 0, { body: '{"n":1}{' }), 1, { body: '"n":1}' }), chain }),
      { batch: 2, why: /do not match/ },
    ],
    ['two facts swapped', ({ facts, chain }) => ({ facts: [facts[1] as FactRow, facts[0] as FactRow, ...facts.slice(2)], chain }), { batch: 2, why: /missing/ }],
    ['a fact removed', ({ facts, chain }) => ({ facts: facts.toSpliced(3, 1), chain }), { batch: 4, why: /missing/ }],
    ['a batch removed with its facts', ({ facts, chain }) => ({ facts: facts.filter((fact) => fact.batch !== 4), chain: chain.toSpliced(1, 1) }), { batch: 6, why: /begin at/ }],
    ['a batch twice', ({ facts, chain }) => ({ facts, chain: [...chain.slice(0, 2), chain[1] as ChainRow, ...chain.slice(2)] }), { batch: 4, why: /later batch/ }],
    ['a changed hash', ({ facts, chain }) => ({ facts, chain: at(chain, 2, { hash: CHAIN_START }) }), { batch: 6, why: /do not match/ }],
    ['a fact added at the end', ({ facts, chain }) => ({ facts: [...facts, { ...(facts.at(-1) as FactRow), seq: facts.length + 1 }], chain }), { batch: 8, why: /in no batch/ }],
  ])('shows %s, also page by page', async (_what, tamper, { batch, why }) => {
    const tampered = tamper(chained(4));
    const flaw = { ok: false, batch, why: expect.stringMatching(why) };
    expect(verifyChain(tampered.chain, tampered.facts)).toMatchObject(flaw);
    // A journal gives rows by number, so what only their order shows cannot come from one.
    if (!/swapped|twice/.test(_what)) expect(await verifyJournal(journalOf(tampered), { pageSize: 2 })).toMatchObject({ ok: false });
  });

  it('verifies page by page, whatever the page size', async () => {
    const rows = chained(8);
    for (const pageSize of [1, 2, 3, 7, 8, 9]) {
      expect(await verifyJournal(journalOf(rows), { pageSize })).toEqual({ ok: true, facts: rows.facts.length, lastHash: rows.chain.at(-1)?.hash });
    }
  });

  it.each<[string, (rows: ReturnType<typeof chained>) => ReturnType<typeof chained>, readonly [number, number]]>([
    ['of an altered fact the facts of its batch', ({ facts, chain }) => ({ facts: at(facts, 3, { body: '{}' }), chain }), [3, 5]],
    ['a fact that was removed', ({ facts, chain }) => ({ facts: facts.toSpliced(3, 1), chain }), [4, 4]],
    ['the facts of a batch that was removed', ({ facts, chain }) => ({ facts: facts.filter((fact) => fact.batch !== 4), chain: chain.toSpliced(1, 1) }), [3, 5]],
    ['a fact that was put in at the end', ({ facts, chain }) => ({ facts: [...facts, { ...(facts.at(-1) as FactRow), seq: facts.length + 1 }], chain }), [9, 9]],
  ])('names %s', async (_what, tamper, [firstFact, lastFact]) => {
    for (const pageSize of [1, 2, 200]) expect(await verifyJournal(journalOf(tamper(chained(4))), { pageSize })).toMatchObject({ ok: false, firstFact, lastFact });
  });

  it('is never empty in a batch', () => {
    expect(() => chainFacts(CHAIN_START, 1, [])).toThrow(RangeError);
  });
});
