// fc.commands: a supervisor against a model of twenty lines, over any order of crashes, ends, administration and time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NORMAL } from '../../runtime/index.ts';
import { STRATEGIES, type Strategy } from '../../supervisors/index.ts';
import { child, type Supervised, supervised } from '../support/supervised.ts';

const PERIOD_MS = 100;
const CHILDREN = [
  { id: 'p', restart: 'permanent' },
  { id: 'q', restart: 'transient' },
  { id: 'r', restart: 'temporary' },
  { id: 's', restart: 'permanent' },
] as const;

class Model {
  running = new Map<string, boolean>(CHILDREN.map(({ id }) => [id, true]));
  now = 0;
  ended = false;
  #times: number[] = [];
  readonly #strategy: Strategy;
  readonly #intensity: number;

  constructor(strategy: Strategy, intensity: number) {
    this.#strategy = strategy;
    this.#intensity = intensity;
  }

  restart(failed: string): void {
    this.#times = this.#times.filter((at) => this.now - at <= PERIOD_MS);
    this.#times.push(this.now);
    if (this.#times.length > this.#intensity) {
      this.ended = true;
      this.running = new Map();
      return;
    }
    const ids = [...this.running.keys()];
    const affected = this.#strategy === 'one_for_one' ? [failed] : this.#strategy === 'one_for_all' ? ids : ids.slice(ids.indexOf(failed));
    for (const id of affected) {
      if (id === 'r' && id !== failed) this.running.delete(id);
      else this.running.set(id, true);
    }
  }
}

type Command = fc.AsyncCommand<Model, Supervised>;

function command(name: string, possible: (model: Readonly<Model>) => boolean, act: (model: Model, real: Supervised) => Promise<void>): Command {
  return {
    check: (model) => !model.ended && possible(model),
    async run(model, real) {
      await act(model, real);
      const alive = [...model.running].filter(([, runs]) => runs).map(([id]) => id);
      expect([...real.host.alive.keys()].sort()).toEqual(alive.sort());
      expect(real.ended).toBe(model.ended ? 'shutdown: reached_max_restart_intensity' : undefined);
      if (!model.ended) expect(real.host.view?.which().map(({ id }) => id)).toEqual([...model.running.keys()]);
    },
    toString: () => name,
  };
}

const id = fc.constantFrom(...CHILDREN.map((each) => each.id));
const commands = [
  id.map((who) =>
    command(
      `crash ${who}`,
      (model) => model.running.get(who) === true,
      async (model, real) => {
        if (who === 'r') model.running.delete(who);
        else model.restart(who);
        await real.crash(who);
      },
    ),
  ),
  id.map((who) =>
    command(
      `end ${who}`,
      (model) => model.running.get(who) === true,
      async (model, real) => {
        if (who === 'r') model.running.delete(who);
        else if (who === 'q') model.running.set(who, false);
        else model.restart(who);
        await real.exit(who, NORMAL);
      },
    ),
  ),
  id.map((who) =>
    command(
      `terminate ${who}`,
      (model) => model.running.has(who),
      async (model, real) => {
        if (who === 'r') model.running.delete(who);
        else model.running.set(who, false);
        await real.ask({ type: 'troupe.terminate_child', id: who });
      },
    ),
  ),
  id.map((who) =>
    command(
      `restart ${who}`,
      () => true,
      async (model, real) => {
        const possible = model.running.get(who) === false;
        if (possible) model.running.set(who, true);
        expect((await real.ask({ type: 'troupe.restart_child', id: who }))?.ok).toBe(possible);
      },
    ),
  ),
  id.map((who) =>
    command(
      `delete ${who}`,
      () => true,
      async (model, real) => {
        const possible = model.running.get(who) === false;
        if (possible) model.running.delete(who);
        expect((await real.ask({ type: 'troupe.delete_child', id: who }))?.ok).toBe(possible);
      },
    ),
  ),
  fc.constantFrom(...CHILDREN).map((spec) =>
    command(
      `start ${spec.id}`,
      () => true,
      async (model, real) => {
        const possible = !model.running.has(spec.id);
        if (possible) model.running.set(spec.id, true);
        expect((await real.ask({ type: 'troupe.start_child', spec: child(spec) }))?.ok).toBe(possible);
      },
    ),
  ),
  fc.integer({ min: 1, max: 2 * PERIOD_MS }).map((ms) =>
    command(
      `pass ${ms} ms`,
      () => true,
      async (model, real) => {
        model.now += ms;
        await real.pass(ms);
      },
    ),
  ),
];

describe('a supervisor', () => {
  it('does what a model of twenty lines does, in any order of events', async () => {
    const setups = fc.record({ strategy: fc.constantFrom(...STRATEGIES), intensity: fc.integer({ min: 0, max: 6 }), script: fc.commands(commands, { maxCommands: 30 }) });
    await fc.assert(
      fc.asyncProperty(setups, async ({ strategy, intensity, script }) => {
        const real = await supervised({ strategy, intensity, periodMs: PERIOD_MS, children: CHILDREN });
        await fc.asyncModelRun(() => ({ model: new Model(strategy, intensity), real }), script);
        if (real.ended === undefined) await real.shutdown();
        expect(real.host.alive.size).toBe(0);
        expect(real.phase).toBe('ended');
      }),
      { numRuns: 150 },
    );
  });
});
