// A fact that is put together as text says what the same fact put together as an object says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf, factJson } from '../../runtime/batch-fact.ts';
import { count } from '../support/length.ts';

const anything = fc.dictionary(fc.constantFrom('address', 'n', 'why', '"', '__proto__'), fc.oneof(fc.jsonValue(), fc.constant(undefined)));
const owner = fc.option(fc.constantFrom('counter', 'plans/p-1', 'Of.all:kinds@once_2'), { nil: undefined });

describe('a fact of a batch', () => {
  it('is the JSON of its body with the address of its actor first, whatever the body says', () => {
    fc.assert(
      fc.property(owner, anything, (address, body) => {
        const fact = { kind: 'told', body, ...(address === undefined ? {} : { address }) };
        expect(factJson(fact)).toBe(JSON.stringify(bodyOf(fact)));
      }),
      { numRuns: count(500, 20_000) },
    );
  });

  it.each([
    ['nothing', {}, '{"address":"a"}'],
    ['something', { n: 1 }, '{"address":"a","n":1}'],
    ['an address of its own', { n: 1, address: 'b' }, '{"address":"b","n":1}'],
    ['nothing that is JSON', { n: undefined }, '{"address":"a"}'],
  ])('whose body says %s is written as what its actor left', (_, body, json) => {
    expect(factJson({ kind: 'told', address: 'a', body })).toBe(json);
  });

  it('without an actor is its body alone', () => {
    expect(factJson({ kind: 'told', body: { n: 1 } })).toBe('{"n":1}');
  });
});
