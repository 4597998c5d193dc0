// The mark of a fact tells it from what somebody has made of it; what earlier versions kept instead is still told from marks.
import '../support/fixed-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../runtime/fact-chain.ts';
import { eachMark, formerMarksOf, hasHashes, marksOf } from '../../runtime/fact-mark.ts';
import type { FactRow } from '../../runtime/index.ts';
import { count } from '../support/length.ts';

const factOf = (seq: number, at: number, kind: string, body: string): FactRow => ({ seq, batch: 1, at, kind, body });
const factArbitrary = fc
  .record({ seq: fc.integer({ min: 1 }), at: fc.double({ min: 0, max: 1e15, noNaN: true }), kind: fc.stringMatching(/^[a-z]{1,9}$/), body: fc.json() })
  .map(({ seq, at, kind, body }) => factOf(seq, at, kind, body));
const marksFor = (facts: readonly FactRow[]): string => marksOf(facts, piecesOf(facts));
const LAST = factOf(9, 0, 'last', '{}');
const markOf = (fact: FactRow): string | undefined => eachMark(marksFor([fact, LAST]))[0];

describe('the mark of a fact', () => {
  it('is another one when a column is', () => {
    fc.assert(
      fc.property(factArbitrary, fc.nat(), fc.integer({ min: 1, max: 255 }), (fact, where, change) => {
        const at = where % fact.body.length;
        const altered = `${fact.body.slice(0, at)}${String.fromCharCode(fact.body.charCodeAt(at) ^ change)}${fact.body.slice(at + 1)}`;
        const others = [
          { ...fact, seq: fact.seq + 1 },
          { ...fact, at: fact.at + fact.at + 1 },
          { ...fact, kind: `${fact.kind}s` },
          { ...fact, body: altered },
          { ...fact, body: `${fact.body} ` },
        ];
        for (const other of others) expect(markOf(other)).not.toBe(markOf(fact));
      }),
      { numRuns: count(200, 5_000) },
    );
  });

  it('differs between many that are alike', () => {
    const alike = Array.from({ length: 50_000 }, (_, n) => factOf(n + 1, 5, 'counted', `{"n":${n % 7}}`));
    expect(new Set(eachMark(marksFor(alike))).size).toBe(alike.length - 1);
  });

  it('stands for all but the last, each alone', () => {
    const facts = [factOf(1, 5, 'a', '1'), factOf(2, 5, 'b', '2'), LAST];
    expect(eachMark(marksFor(facts))).toEqual([markOf(facts[0] as FactRow), markOf(facts[1] as FactRow)]);
    expect(marksFor([LAST])).toBe('');
  });

  it('is told from the hashes of earlier versions', () => {
    const text = ({ kind, body }: FactRow): string => `\n${kind}\n${body}`;
    for (let size = 2; size < 60; size += 1) {
      const facts = Array.from({ length: size }, (_, n) => factOf(n + 1, 5, 'noted', `${n}`));
      expect([hasHashes(marksFor(facts)), hasHashes(formerMarksOf(facts, text))]).toEqual([false, true]);
      expect([eachMark(marksFor(facts)).length, eachMark(formerMarksOf(facts, text)).length]).toEqual([size - 1, size - 1]);
    }
  });
});
