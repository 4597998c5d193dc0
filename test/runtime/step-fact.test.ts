// The step facts of a batch say each step once, and only what is new in it; nothing that was written is lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSteps, type StepFact, stepFactsJson } from '../../runtime/step-fact.ts';

// Few of each, so that steps resemble each other in some members and not in others.
const text = fc.oneof(fc.constantFrom('a', 'b'), fc.string({ unit: 'binary' }));
const stateValue = fc.oneof(fc.constant(null), text, fc.dictionary(text, text, { maxKeys: 2 }));
const transition = fc.record({
  step: fc.nat({ max: 5 }),
  at: fc.oneof(fc.constantFrom(1, 1.5), fc.nat({ max: 4_102_444_800_000 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
  epoch: fc.nat({ max: 2 }),
  messageId: fc.option(text),
  type: text,
  from: stateValue,
  to: stateValue,
  cause: fc.option(text),
  effects: fc.array(text, { maxLength: 2 }),
});
const fact: fc.Arbitrary<StepFact> = fc.record({ address: text, transition });
/** A fact, and how many more steps of the same kind follow it. */
const run = fc
  .tuple(fact, fc.nat({ max: 3 }))
  .map(([first, more]) =>
    Array.from({ length: more + 1 }, (_, at) => ({ ...first, transition: { ...first.transition, step: first.transition.step + at, effects: [...first.transition.effects] } })),
  );
const facts = fc.array(run, { maxLength: 6 }).map((runs) => runs.flat());

const plain = (written: readonly StepFact[]): unknown => JSON.parse(JSON.stringify(written.map(({ address, transition: made }) => ({ address, ...made }))));
const read = (json: string) => readSteps(JSON.parse(json) as unknown[]);

const STEP = { step: 7, at: 1_000, epoch: 2, messageId: null, type: 'ADD', from: 'on', to: 'on', cause: null, effects: [] };
const stepsOf = (address: string, first: number, count: number): StepFact[] =>
  Array.from({ length: count }, (_, at) => ({ address, transition: { ...STEP, step: first + at, effects: [] } }));

describe('the step facts of a batch', () => {
  it('are read as they were written, whatever addresses, types and states are named and however much alike they are', () => {
    fc.assert(fc.property(facts, (written) => void expect(read(stepFactsJson(written))).toEqual(plain(written))));
  });

  it('say of a step what differs from the one before, and of steps that differ in their number alone how many they are', () => {
    const [first, second] = [stepsOf('a', 7, 10), stepsOf('b', 3, 2)];
    const moved: StepFact = { address: 'b', transition: { ...STEP, step: 5, at: 1_001, messageId: 'm', to: 'off' } };
    expect(JSON.parse(stepFactsJson([...first, ...second, moved]))).toEqual([{ address: 'a', ...STEP }, 9, { address: 'b', step: 3 }, 1, { at: 1_001, messageId: 'm', to: 'off' }]);
  });

  it('take the same state built anew for the same, and another one for another', () => {
    const nested = (leaf: string): StepFact => ({ address: 'a', transition: { ...STEP, step: 8, from: { on: leaf }, to: { on: leaf } } });
    expect(JSON.parse(stepFactsJson([...stepsOf('a', 7, 1), nested('x'), { ...nested('x'), transition: { ...nested('x').transition, step: 9 } }, nested('y')]))).toEqual([
      { address: 'a', ...STEP },
      { from: { on: 'x' }, to: { on: 'x' } },
      1,
      { step: 8, from: { on: 'y' }, to: { on: 'y' } },
    ]);
  });

  it('are read from journals of earlier versions too, in which each is whole', () => {
    fc.assert(fc.property(facts, (written) => void expect(readSteps(plain(written) as unknown[])).toEqual(plain(written))));
  });
});
