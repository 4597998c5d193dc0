import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';

const idle = setup({}).createMachine({});

describe('worker()', () => {
  it("fills in OTP's defaults", () => {
    expect(worker('a', idle)).toMatchObject({ id: 'a', type: 'worker', restart: 'permanent', shutdown: 5_000, significant: false, backoff: undefined });
    expect(worker('a', idle).behaviour).toMatchObject({ durable: false, restartFrom: 'snapshot', inherit: false, ignore: [], postpone: [], groups: [] });
  });

  it('takes its deadline as shutdownMs or as shutdown, not as both', () => {
    expect(worker('a', idle, { shutdownMs: 10 }).shutdown).toBe(10);
    expect(worker('a', idle, { shutdown: 'brutal_kill' }).shutdown).toBe('brutal_kill');
    expect(() => worker('a', idle, { shutdown: 10, shutdownMs: 10 })).toThrow('a.shutdown: given twice');
  });

  it('refuses an option that nobody reads, and says what was meant', () => {
    expect(() => worker('a', idle, { durabel: true } as object)).toThrow("a.durabel: unknown; did you mean 'durable'?");
    expect(() => worker('a', idle, { durable: true, inherits: true } as object)).toThrow("a.inherits: unknown; did you mean 'inherit'?");
  });

  it('refuses what is no logic', () => {
    expect(() => worker('a', {} as typeof idle)).toThrow('a.logic: an object is no XState actor logic');
  });
});

describe('supervisor()', () => {
  it('is a child spec with an id and the behaviour of a root without', () => {
    expect(supervisor('pool', { children: [] })).toMatchObject({ id: 'pool', type: 'supervisor', shutdown: 'infinity' });
    expect(supervisor({ children: [] }).kind).toBe('supervisor');
  });

  it.each([
    [{ strategy: 'one_for_al' }, "pool.strategy: 'one_for_al' is none of one_for_one, one_for_all, rest_for_one; did you mean 'one_for_all'?"],
    [{ autoShutdown: 'any' }, "pool.autoShutdown: 'any' is none of never, any_significant, all_significant"],
    [{ intensity: -1 }, 'pool.intensity: -1 is not a whole number of at least 0'],
    [{ periodMs: 0 }, 'pool.periodMs: 0 is not a whole number of at least 1'],
    [{ maxRestarts: 3 }, 'pool.maxRestarts: unknown; known are'],
    [{ children: [worker('a', idle), worker('a', idle)] }, "pool.children[1].id: 'a' is the id of an earlier child too"],
    [{ children: [{ ...worker('a', idle), restart: 'never' }] }, "pool.children[0].restart: 'never' is none of permanent, transient, temporary"],
    [{ children: [worker('a', idle, { restart: 'transient', significant: true })] }, "pool.children[0].significant: means nothing while pool.autoShutdown is 'never' (OTP)"],
  ])('%j is refused', (options, message) => {
    expect(() => supervisor('pool', options as object)).toThrow(message);
  });

  it('carries the code InvalidChildSpec', () => {
    expect(() => supervisor({ intensity: 0.5 })).toThrow(expect.objectContaining({ code: 'InvalidChildSpec' }));
  });
});

describe('dynamicSupervisor()', () => {
  it.each([
    [{ templates: { job: 5 } }, 'many.templates.job: is not a function of (input, id)'],
    [{ maxChildren: 0 }, 'many.maxChildren: 0 is not a whole number of at least 1'],
    [{ periodMs: 1.5 }, 'many.periodMs: 1.5 is not a whole number of at least 1'],
    [{ strategy: 'one_for_one' }, 'many.strategy: unknown; known are'],
  ])('%j is refused', (options, message) => {
    expect(() => dynamicSupervisor('many', options as object)).toThrow(message);
  });
});
