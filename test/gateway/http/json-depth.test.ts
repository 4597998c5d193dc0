import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEEPEST_JSON, isTooDeep } from '../../../gateway/http/json-depth.ts';

const nested = (levels: number): unknown => (levels === 0 ? 1 : levels % 2 === 0 ? [nested(levels - 1)] : { a: nested(levels - 1) });
const depthOf = (value: unknown): number => (typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf)));

it('JSON of the deepest level is taken and one level more is not, also between texts that hold brackets', () => {
  const brackets = '[{"\\'.repeat(300);
  for (const [levels, refused] of [
    [DEEPEST_JSON - 1, false],
    [DEEPEST_JSON, true],
  ] as const)
    expect([levels, isTooDeep(JSON.stringify([brackets, nested(levels), brackets]))]).toEqual([levels, refused]);
});

it('is never said of a value that does not nest so deep, whatever its texts hold', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 30, maxLength: 60 }), (value) => {
      expect(isTooDeep(JSON.stringify(value))).toBe(depthOf(value) > DEEPEST_JSON);
    }),
  );
});

it('is said of what nests 100,000 levels, closed or not', () => {
  for (const text of ['['.repeat(100_000), `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`]) expect(isTooDeep(text)).toBe(true);
});
