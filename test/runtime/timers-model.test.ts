// Timers against a model: each rings once, at its time, or late when nobody ran, unless it was taken back or set anew; over kills, crashes,
// stops, time that passes while nobody runs, steps of the wall clock, and commits that fail.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, cancel, raise, setup } from 'xstate';
import { worker } from '../../supervisors/index.ts';
import { count } from '../support/length.ts';
import { BATCHES, NodeLives } from '../support/node-lives.ts';
import { settle } from '../support/settle.ts';

const NAMES = ['a', 'b', 'c'] as const;
const SHIFT_MS = 120;
interface Order {
  readonly type: string;
  readonly ms: number;
}
interface Context {
  readonly rung: readonly string[];
}

const ring = (name: string) => assign({ rung: ({ context }: { context: Context }) => [...context.rung, name] });
const delay = ({ event }: { event: Order }): number => event.ms;
/** Three alarms that are set, set anew and taken back by name, and the `after` of a state. */
const clockwork = setup({}).createMachine({
  context: { rung: [] },
  initial: 'off',
  on: {
    ...Object.fromEntries(
      NAMES.flatMap((name) => [
        [`SET ${name}`, { actions: raise({ type: `RING ${name}` } as never, { delay, id: name } as never) }],
        [`UNSET ${name}`, { actions: cancel(name) }],
        [`RING ${name}`, { actions: ring(name) }],
      ]),
    ),
    OFF: '.off',
    ON: '.on',
  },
  states: { off: {}, on: { after: { [SHIFT_MS]: { target: 'off', actions: ring('shift') } }, on: { ON: {} } } },
} as never);

interface Pending {
  readonly delayMs: number;
  readonly dueAt: number;
  rings: number;
}

interface Rung {
  readonly name: string;
  readonly at: string;
}

/** Which of two that are due at one instant comes first is nobody's promise. */
function named(rung: readonly string[], model: readonly Rung[]): string[] {
  const instants = [...new Set(model.map(({ at }) => at))];
  return rung
    .map((name, place) => ({ name, instant: instants.indexOf(model[place]?.at ?? '') }))
    .sort((a, b) => a.instant - b.instant || a.name.localeCompare(b.name))
    .map(({ name }) => name);
}

/** Holds what rang against the model. */
function compare(lives: NodeLives, { rung }: Model, after: string): void {
  const seen = lives.node.context('x').rung as readonly string[];
  const expected = rung.map(({ name }) => name);
  expect([after, named(seen, rung)]).toEqual([after, named(expected, rung)]);
}

class Model {
  now = 0;
  wall = 0;
  readonly rung: Rung[] = [];
  readonly #pending = new Map<string, Pending>();

  take(what: string, name: string, ms: number): void {
    if (what === 'SET') this.#set(name, ms);
    if (what === 'UNSET') this.#pending.delete(name);
    if (what === 'ON' && !this.#pending.has('shift')) this.#set('shift', SHIFT_MS);
    if (what === 'OFF') this.#pending.delete('shift');
  }

  pass(ms: number): void {
    this.now += ms;
    this.wall += ms;
    const due = [...this.#pending].filter(([, { rings }]) => rings <= this.now);
    for (const [name, { rings, dueAt }] of due.sort(([, a], [, b]) => a.rings - b.rings || a.dueAt - b.dueAt)) {
      this.rung.push({ name, at: `${rings} ${dueAt}` });
      this.#pending.delete(name);
    }
  }

  /** Nobody ran: wall time is what there is to go by, and nobody waits longer than he was to. */
  restored(awayMs: number, stepMs: number): void {
    this.now += awayMs;
    this.wall += awayMs + stepMs;
    for (const each of this.#pending.values()) each.rings = this.now + Math.max(0, Math.min(each.dueAt - this.wall, each.delayMs));
  }

  #set(name: string, ms: number): void {
    // What is set anew is behind what was set before.
    this.#pending.delete(name);
    this.#pending.set(name, { delayMs: ms, dueAt: this.wall + ms, rings: this.now + ms });
  }
}

const SCRIPT = fc.array(
  fc.record({
    do: fc.constantFrom('SET', 'SET', 'SET', 'UNSET', 'ON', 'OFF', 'pass', 'pass', 'pass', 'kill', 'crash', 'away', 'vanished', 'unconfirmed'),
    name: fc.constantFrom(...NAMES),
    ms: fc.integer({ min: 1, max: 150 }),
    stepMs: fc.constantFrom(0, -3_600_000, -40, 25, 3_600_000),
  }),
  { maxLength: 40, size: 'max' },
);
type Act = typeof SCRIPT extends fc.Arbitrary<ReadonlyArray<infer T>> ? T : never;

/** A node that lost a batch reads it again as one that starts does; a wall clock that stepped before that is a script of its own. */
async function act(lives: NodeLives, model: Model, steps: boolean, { do: what, name, ms, stepMs }: Act): Promise<void> {
  const { node } = lives;
  if (what === 'vanished' || what === 'unconfirmed') {
    if (!steps) node.journal.failNext(what);
  } else if (what === 'pass') {
    model.pass(ms);
    await node.pass(ms);
  } else if (what === 'kill' || what === 'crash') {
    await (what === 'kill' ? node.system.kill('x') : lives.crash());
    model.restored(0, 0);
  } else if (what === 'away') {
    const step = steps ? stepMs : 0;
    await lives.stopAndStart((clock) => {
      clock.advance(ms);
      clock.stepWall(step);
    });
    model.restored(ms, step);
  } else {
    await lives.tellSurely('x', { type: what === 'SET' || what === 'UNSET' ? `${what} ${name}` : what, ms });
    model.take(what, name, ms);
  }
  await settle(20);
  // What was due while nobody ran comes as soon as somebody does.
  model.pass(0);
  await lives.node.pass(0);
}

describe('timers of a durable actor', () => {
  it.each([
    ['over commits that fail', false],
    ['over steps of the wall clock while nobody runs', true],
  ])(
    'ring once each and when the model says, %s (G5, K20)',
    async (_what, steps) => {
      await fc.assert(
        fc.asyncProperty(BATCHES, SCRIPT, async (limits, script) => {
          const lives = await NodeLives.begin(() => [worker('x', clockwork, { durable: true })], limits);
          const model = new Model();
          for (const [index, each] of script.entries()) {
            await act(lives, model, steps, each);
            compare(lives, model, `${index}: ${each.do} ${each.name} ${each.ms}`);
          }
          model.pass(10_000);
          for (let second = 0; second < 10; second += 1) await lives.node.pass(1_000);
          compare(lives, model, 'the end');
          expect([...lives.node.store.timers.all()]).toEqual([]);
          await lives.end();
          expect(lives.node.clock.pending).toBe(0);
        }),
        { numRuns: count(25, 1_000) },
      );
    },
    count(60_000, 900_000),
  );
});
