// Control about an id against a model: what waits under it goes, what comes late is dead as long as its tombstone stands, and what was
// taken before stays taken; over restarts of the actor and the node, and commits that fail.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { worker } from '../../supervisors/index.ts';
import { count } from '../support/length.ts';
import { BATCHES, NodeLives } from '../support/node-lives.ts';
import { settle } from '../support/settle.ts';

interface Work {
  readonly type: string;
  readonly job?: string;
}

/** Takes work while it is open, and postpones it while it is not. */
const office = setup({ types: { context: {} as { done: string[] }, events: {} as Work } }).createMachine({
  context: { done: [] },
  initial: 'shut',
  on: { CANCEL: {} },
  states: {
    shut: { on: { OPEN: 'open' } },
    open: { on: { SHUT: 'shut', WORK: { actions: assign({ done: ({ context, event }) => [...context.done, event.job ?? ''] }) } } },
  },
});

class Model {
  open = false;
  done: string[] = [];
  waiting: string[] = [];
  cancelled = 0;
  now = 0;
  /** Ids that were accepted, or cancelled: until when they are remembered. */
  readonly #known = new Map<string, { readonly cancelled: boolean; readonly until: number }>();
  readonly #durable: boolean;

  constructor(durable: boolean) {
    this.#durable = durable;
  }

  work(job: string): void {
    const known = this.#known.get(job);
    if (known !== undefined && known.until > this.now) {
      if (known.cancelled) this.cancelled += 1;
      return;
    }
    if (this.#durable) this.#known.set(job, { cancelled: false, until: Number.POSITIVE_INFINITY });
    if (this.open) this.done.push(job);
    else this.waiting.push(job);
  }

  cancel(job: string, forMs: number): void {
    this.cancelled += this.waiting.filter((each) => each === job).length;
    this.waiting = this.waiting.filter((each) => each !== job);
    if (this.#durable) this.#known.set(job, { cancelled: true, until: this.now + forMs });
  }

  turn(open: boolean): void {
    if (open && !this.open) this.done.push(...this.waiting.splice(0));
    this.open = open;
  }
}

const job = fc.constantFrom('a', 'b', 'c');
const SCRIPT = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('work', 'work', 'cancel'), job, ms: fc.integer({ min: 1, max: 50 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('OPEN', 'SHUT', 'pass'), job, ms: fc.integer({ min: 1, max: 50 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('crash', 'kill', 'vanished', 'unconfirmed'), job, ms: fc.constant(0) }) },
  ),
  { maxLength: 40, size: 'max' },
);
interface Act {
  readonly do: string;
  readonly job: string;
  readonly ms: number;
}

async function act(lives: NodeLives, model: Model, durable: boolean, { do: what, job: id, ms }: Act): Promise<void> {
  const { node } = lives;
  if (what === 'work') await lives.surely(() => node.tell('x', { type: 'WORK', job: id }, { id }));
  if (what === 'cancel') {
    await lives.surely(() => node.tell('x', { type: 'CANCEL' }, { priority: 'control', about: id, expiresAt: node.clock.now() + ms }));
    model.cancel(id, ms);
  }
  if (what === 'work') model.work(id);
  if (what === 'OPEN' || what === 'SHUT') {
    await lives.surely(() => node.tell('x', { type: what }));
    model.turn(what === 'OPEN');
  }
  if (what === 'pass') {
    model.now += ms;
    await node.pass(ms);
  }
  if (!durable) return;
  if (what === 'crash') await lives.crash();
  if (what === 'kill') await node.system.kill('x');
  if (what === 'vanished' || what === 'unconfirmed') node.journal.failNext(what);
}

describe.each([
  ['durable', true],
  ['volatile', false],
] as const)('control about an id of a %s actor', (_kind, durable) => {
  it(
    'takes along what the model says, and leaves the tombstones that it says (K22)',
    async () => {
      await fc.assert(
        fc.asyncProperty(BATCHES, SCRIPT, async (limits, script) => {
          const spec = () => [worker('x', office, { durable, postpone: ['WORK'], ignore: ['OPEN', 'SHUT'] })];
          const lives = await NodeLives.begin(spec, limits);
          const model = new Model(durable);
          let earlier = 0;
          for (const [index, each] of script.entries()) {
            const before = lives.node;
            await act(lives, model, durable, each);
            await settle(40);
            if (lives.node !== before) earlier += before.deadLetters().length;
            const dead = lives.node.deadLetters();
            const seen = { done: lives.node.context('x').done, waiting: lives.node.system.counts().mail, others: dead.filter((what) => what !== 'cancelled WORK') };
            const after = `${index}: ${each.do} ${each.job}`;
            expect([after, seen]).toEqual([after, { done: model.done, waiting: model.waiting.length, others: [] }]);
            // Each time that it comes too late is a dead letter: also when it was only told again for want of an answer.
            const more = earlier + dead.length - model.cancelled;
            expect([after, more >= 0 && more <= lives.repeated]).toEqual([after, true]);
          }
          await lives.end();
        }),
        { numRuns: count(60, 1_000) },
      );
    },
    count(20_000, 900_000),
  );
});
