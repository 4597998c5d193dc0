import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keepBeginning, keepFirst, RESULT_KEPT } from '../../../../actors/gate/execute/keep-result.ts';

const piece = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('"', '\n', '\u0001', '😀', '\ud83d'));
const long = fc.tuple(piece, fc.integer({ min: 0, max: 100_000 })).map(([text, times]) => text.repeat(Math.min(times, Math.ceil(200_000 / (text.length + 1)))));

it('a text is kept whole when it fits as JSON, and otherwise as the longest beginning or nearly so', () => {
  fc.assert(
    fc.property(long, (text) => {
      const kept = keepBeginning(text);
      expect(text.startsWith(kept.text)).toBe(true);
      expect(kept.cut).toBe(kept.text !== text);
      expect(JSON.stringify(kept.text).length).toBeLessThanOrEqual(RESULT_KEPT);
      if (JSON.stringify(text).length <= RESULT_KEPT) expect(kept.cut).toBe(false);
      if (kept.cut) expect(JSON.stringify(kept.text).length).toBeGreaterThan(RESULT_KEPT / 2);
    }),
    { numRuns: 60 },
  );
});

it('entries are kept from the first one on, as many as fit beside what else is kept', () => {
  fc.assert(
    fc.property(fc.array(long, { maxLength: 8 }), fc.array(fc.string(), { maxLength: 5 }), (entries, beside) => {
      const kept = keepFirst(entries, beside);
      expect(entries.slice(0, kept.entries.length)).toEqual(kept.entries);
      expect(kept.cut).toBe(kept.entries.length < entries.length);
      expect(JSON.stringify([beside, kept.entries]).length).toBeLessThanOrEqual(RESULT_KEPT + 8);
    }),
    { numRuns: 60 },
  );
});
