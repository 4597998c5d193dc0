import { describe, expect, it } from 'vitest';
import { type AnyActorLogic, createMachine, fromObservable, fromPromise, fromTransition, setup } from 'xstate';
import { effect } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';

const fetchIt = fromPromise(async () => 1);
const again = effect({ idempotent: true, run: async () => 1 });
const once = effect({ idempotent: false, run: async () => 1 });
const byInput = effect<number, { safe: boolean }>({ idempotent: ({ safe }) => safe, run: async () => 1 });
const nested = setup({}).createMachine({});

const invoking = (src: AnyActorLogic, handled: object = {}) =>
  setup({ actors: { src } }).createMachine({ id: 'm', initial: 'busy', states: { busy: { invoke: { id: 'work', src: 'src', ...handled } }, failed: {} } });
const durable = (logic: AnyActorLogic) => () => worker('w', logic, { durable: true });

describe('a durable worker (K17)', () => {
  it.each([
    ['a plain promise', fetchIt],
    ['an effect that is not idempotent', once],
    ['an effect that may not be, depending on its input', byInput as AnyActorLogic],
  ])('with %s and no onError is refused: an interruption would have nobody to tell', (_name, src) => {
    expect(durable(invoking(src))).toThrow("w: state 'm.busy' invokes 'work', which is not idempotent, without onError: an interruption would have nobody to tell (K17)");
    expect(durable(invoking(src, { onError: 'failed' }))).not.toThrow();
  });

  it.each([
    ['an idempotent effect', again],
    ['an observable subscription', fromObservable(() => ({ subscribe: () => ({ unsubscribe: () => undefined }) }) as never)],
  ])('with %s needs no onError', (_name, src) => {
    expect(durable(invoking(src))).not.toThrow();
  });

  it.each([
    ['machine', nested as AnyActorLogic],
    ['transition', fromTransition((state) => state, 0) as AnyActorLogic],
  ])('with a nested %s is refused by name', (kind, src) => {
    expect(durable(invoking(src, { onError: 'failed' }))).toThrow(`w: state 'm.busy' invokes the nested ${kind} 'work': make it a child of a supervisor (K17)`);
  });

  it('may take the error in a state above, by name or by wildcard', () => {
    const above = (type: string) =>
      setup({ actors: { fetchIt } }).createMachine({
        initial: 'outer',
        states: { outer: { initial: 'inner', on: { [type]: 'failed' }, states: { inner: { invoke: { id: 'work', src: 'fetchIt' } } } }, failed: {} },
      } as never);
    expect(durable(above('xstate.error.actor.work'))).not.toThrow();
    expect(durable(above('xstate.error.*'))).not.toThrow();
    expect(durable(above('*'))).not.toThrow();
    expect(durable(above('xstate.error.actor.other'))).toThrow('without onError');
  });

  it('is refused for an effect anywhere: nested, parallel, inline, one of several', () => {
    const deep = setup({ actors: { again, once } }).createMachine({
      type: 'parallel',
      states: { left: {}, right: { initial: 'x', states: { x: { invoke: [{ src: 'again' }, { id: 'second', src: 'once' }] } } } },
    });
    expect(durable(deep)).toThrow("invokes 'second', which is not idempotent");
    expect(durable(createMachine({ invoke: { src: fetchIt } }))).toThrow('without onError');
    expect(durable(createMachine({ invoke: { src: nested } }))).toThrow('the nested machine');
  });

  it('that invokes a source which is not there is refused, with what was meant', () => {
    const misspelt = setup({ actors: { deploy: again } }).createMachine({ invoke: { src: 'depoly' as 'deploy' } });
    expect(durable(misspelt)).toThrow("invokes 'depoly', which is no source of the machine; did you mean 'deploy'?");
  });
});

describe('a volatile worker', () => {
  it('may do all that', () => {
    expect(() => worker('w', invoking(nested))).not.toThrow();
    expect(() => worker('w', invoking(fetchIt))).not.toThrow();
  });
});
