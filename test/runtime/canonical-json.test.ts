import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../runtime/index.ts';

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  );
}

describe('canonical JSON', () => {
  it('sorts members by code unit and writes no blanks (RFC 8785)', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'ü' }], a: true, '\u20ac': 1, '\r': 2, '1': 3 })).toBe('{"\\r":2,"1":3,"a":true,"b":[1,{"c":"ü","d":null}],"€":1}');
  });

  it('leaves out undefined members, and writes null for undefined items, as JSON does', () => {
    expect(canonicalJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  });

  it('refuses what is not JSON', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 0, Symbol('s'), undefined]) expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it('is the same for values that differ in the order of members only, and reads back as the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 200 },
    );
  });
});
