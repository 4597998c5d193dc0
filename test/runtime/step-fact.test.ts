// Step facts are written by hand, and are the text that JSON.stringify would give.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StepFact, stepFactsJson } from '../../runtime/step-fact.ts';

const text = fc.string({ unit: 'binary' });
const stateValue = fc.oneof(fc.constant(null), text, fc.dictionary(text, text));
const transition = fc.record({
  step: fc.nat(),
  at: fc.oneof(fc.nat({ max: 4_102_444_800_000 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
  epoch: fc.nat(),
  messageId: fc.option(text),
  type: text,
  from: stateValue,
  to: stateValue,
  cause: fc.option(text),
  effects: fc.array(text),
});
const fact: fc.Arbitrary<StepFact> = fc.record({ address: text, transition });

describe('the step facts of a batch', () => {
  it('are one JSON list, each its transition under its address, whatever addresses, types and states are named', () => {
    fc.assert(
      fc.property(fc.array(fact), (facts) => {
        expect(stepFactsJson(facts)).toBe(JSON.stringify(facts.map(({ address, transition }) => ({ address, ...transition }))));
      }),
    );
  });
});
