// Asks against a model: each ends as what happened to its message and its actor says, once, and leaves nothing behind: no open ask,
// no timer, no look-up, no waiter; over deferred replies, dying actors, repeated ids, deadlines and restarts of the node.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { deferReply, isCoded, reply } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { count } from '../support/length.ts';
import { BATCHES, NodeLives } from '../support/node-lives.ts';
import { settle } from '../support/settle.ts';
import { boom } from '../support/small-actors.ts';

interface Asked {
  readonly type: string;
  readonly name?: string;
}
type Args = { readonly event: Asked };
const name = ({ event }: Args): string => event.name ?? '';

/** Answers at once, later by name, or never; ends, or throws. */
const clerk = setup({ types: { events: {} as Asked } }).createMachine({
  initial: 'open',
  on: {
    NOW: { actions: reply('now') },
    NEVER: {},
    LATER: { actions: deferReply(name) },
    ANSWER: { actions: reply('later', { to: name }) },
    BAD: { actions: assign(boom) },
    END: '.ended',
  },
  states: { open: {}, ended: { type: 'final' } },
});

/** Writes down what it takes, and answers with how much that is. */
const counting = setup({ types: { context: {} as { taken: string[] }, events: {} as Asked } }).createMachine({
  context: { taken: [] },
  on: {
    NOW: {
      actions: [assign({ taken: ({ context, event }) => [...context.taken, name({ event })] }), reply(({ context }: { context: { taken: string[] } }) => context.taken.length)],
    },
    LATER: { actions: [assign({ taken: ({ context, event }) => [...context.taken, name({ event })] }), deferReply(name)] },
    ANSWER: { actions: reply('at last', { to: name }) },
  },
});

const DEADLINE_MS = 100;
const NAMES = ['x', 'y'] as const;
const SCRIPT = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constantFrom('NOW', 'NEVER', 'LATER', 'LATER', 'BAD', 'UNKNOWN', 'nobody'), name: fc.constantFrom(...NAMES), ms: fc.constant(0) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('ANSWER', 'ANSWER', 'pass'), name: fc.constantFrom(...NAMES), ms: fc.integer({ min: 1, max: 150 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('kill', 'END', 'crash'), name: fc.constantFrom(...NAMES), ms: fc.constant(0) }) },
  ),
  { maxLength: 30, size: 'max' },
);
interface Act {
  readonly do: string;
  readonly name: string;
  readonly ms: number;
}

/** An ask that waits, with all that may answer it. */
interface Open {
  readonly n: number;
  readonly until: number;
  readonly deferred: string | undefined;
}

class Model {
  now = 0;
  readonly ended: string[] = [];
  open: Open[] = [];
  /** Names under which a reply is kept, by the ask that is kept. */
  deferred = new Map<string, number>();
  readonly #durable: boolean;

  constructor(durable: boolean) {
    this.#durable = durable;
  }

  ask(n: number, what: string, to: string): void {
    const at = { n, until: this.now + DEADLINE_MS };
    if (what === 'LATER') this.deferred.set(to, n);
    if (what === 'NOW') this.#end(n, 'now');
    else if (what === 'nobody') this.#end(n, 'NoSuchActor');
    else if (what === 'UNKNOWN') this.#end(n, 'MessageUnhandled');
    else if (what === 'BAD') this.#end(n, this.#durable ? 'MessagePoisoned' : 'Error');
    else this.open.push({ ...at, deferred: what === 'LATER' ? to : undefined });
    // A volatile actor dies of what it throws.
    if (what === 'BAD' && !this.#durable) this.down(false);
  }

  answer(to: string): void {
    const n = this.deferred.get(to);
    this.deferred.delete(to);
    if (this.open.some((each) => each.n === n)) this.#end(n as number, 'later');
  }

  /** The run is over: a durable one comes back with what it keeps, unless it has ended by itself. */
  down(ends: boolean): void {
    if (this.#durable && !ends) return;
    const told = this.#durable ? this.open.filter(({ n }) => [...this.deferred.values()].includes(n)) : this.open;
    for (const { n } of told) this.#end(n, 'ActorDown');
    this.deferred.clear();
  }

  nodeGone(): void {
    // A volatile actor goes down in the course of it.
    for (const { n } of this.open) this.#end(n, this.#durable ? 'NodeStopped' : 'ActorDown');
    if (!this.#durable) this.deferred.clear();
  }

  pass(ms: number): void {
    this.now += ms;
    for (const { n } of this.open.filter(({ until }) => until <= this.now)) this.#end(n, 'AskTimeout');
  }

  #end(n: number, how: string): void {
    this.ended.push(`${n} ${how}`);
    this.open = this.open.filter((each) => each.n !== n);
  }
}

const numbered = (list: readonly string[]): string[] => [...list].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));

class Asker {
  readonly ended: string[] = [];
  readonly lives: NodeLives;
  #asked = 0;

  constructor(lives: NodeLives) {
    this.lives = lives;
  }

  ask(type: string, to: string): number {
    this.#asked += 1;
    const n = this.#asked;
    const address = type === 'nobody' ? 'nobody' : 'clerk';
    this.lives.node.ask(address, { type, name: to }, { timeoutMs: DEADLINE_MS }).then(
      (value) => void this.ended.push(`${n} ${value}`),
      (error: Error) => void this.ended.push(`${n} ${isCoded(error) ? error.code : 'Error'}`),
    );
    return n;
  }
}

async function act(asker: Asker, model: Model, { do: what, name: to, ms }: Act): Promise<void> {
  const { lives } = asker;
  if (what === 'pass') {
    model.pass(ms);
    await lives.node.pass(ms);
  } else if (what === 'ANSWER' || what === 'END') {
    await lives.node.tell('clerk', { type: what, name: to });
    if (what === 'END') model.down(true);
    else model.answer(to);
  } else if (what === 'kill') {
    await lives.node.system.kill('clerk');
    model.down(false);
  } else if (what === 'crash') {
    await lives.crash();
    model.nodeGone();
  } else {
    model.ask(asker.ask(what, to), what, to);
  }
}

describe.each([
  ['durable', true],
  ['volatile', false],
] as const)('asks of a %s actor', (_kind, durable) => {
  it(
    'end as the model says, each once, and leave nothing behind (K23)',
    async () => {
      await fc.assert(
        fc.asyncProperty(BATCHES, SCRIPT, async (limits, script) => {
          const lives = await NodeLives.begin(() => [worker('clerk', clerk, { durable })], limits);
          const asker = new Asker(lives);
          const model = new Model(durable);
          for (const [index, each] of script.entries()) {
            await act(asker, model, each);
            await settle(40);
            const after = `${index}: ${each.do} ${each.name}`;
            expect([after, numbered(asker.ended)]).toEqual([after, numbered(model.ended)]);
            expect([after, lives.node.system.counts()]).toEqual([after, expect.objectContaining({ openAsks: model.open.length, mail: 0, heldMail: 0, lookups: 0 })]);
          }
          model.pass(DEADLINE_MS);
          await lives.node.pass(DEADLINE_MS);
          expect(numbered(asker.ended)).toEqual(numbered(model.ended));
          const { openAsks, awaitedReceipts, lookups, timers, mail, heldMail, unwrittenMail } = lives.node.system.counts();
          expect([openAsks, awaitedReceipts, lookups, timers, mail, heldMail, unwrittenMail]).toEqual([0, 0, 0, 0, 0, 0, 0]);
          await lives.end();
          expect(lives.node.clock.pending).toBe(0);
        }),
        { numRuns: count(60, 1_000) },
      );
    },
    count(20_000, 900_000),
  );
});

describe('asks under an id', () => {
  it(
    'get one reply, however often they are asked and whatever dies between, and leave nothing behind (K23)',
    async () => {
      const acts = fc.array(
        fc.record({
          do: fc.constantFrom('NOW', 'NOW', 'LATER', 'LATER', 'ANSWER', 'kill', 'crash', 'pass', 'vanished', 'unconfirmed'),
          id: fc.constantFrom('one', 'two'),
        }),
        { maxLength: 25, size: 'max' },
      );
      await fc.assert(
        fc.asyncProperty(BATCHES, acts, async (limits, script) => {
          const lives = await NodeLives.begin(() => [worker('clerk', counting, { durable: true })], limits);
          const replies = new Map<string, Set<unknown>>();
          const ask = (type: string, id: string) => lives.node.ask('clerk', { type, name: `${type} ${id}` }, { id: `${type} ${id}`, timeoutMs: DEADLINE_MS });
          for (const { do: what, id } of script) {
            if (what === 'NOW' || what === 'LATER') {
              const key = `${what} ${id}`;
              void ask(what, id).then(
                (value) => replies.set(key, (replies.get(key) ?? new Set()).add(value)),
                () => undefined,
              );
            }
            if (what === 'ANSWER') await lives.tellSurely('clerk', { type: 'ANSWER', name: `LATER ${id}` });
            if (what === 'kill') await lives.node.system.kill('clerk');
            if (what === 'crash') await lives.crash();
            if (what === 'pass') await lives.node.pass(DEADLINE_MS / 2);
            if (what === 'vanished' || what === 'unconfirmed') lives.node.journal.failNext(what);
            await settle(30);
          }
          // A journal that had failed is tried again each second, though nothing is to be written, until it works.
          for (let n = 0; n < 20; n += 1) await lives.node.pass(1_000);
          for (const [key, values] of replies) expect([key, values.size]).toEqual([key, 1]);
          const taken = (lives.node.context('clerk').taken ?? []) as string[];
          expect(taken).toEqual([...new Set(taken)]);
          const { openAsks, awaitedReceipts, lookups, timers, mail, heldMail, unwrittenMail } = lives.node.system.counts();
          expect([openAsks, awaitedReceipts, lookups, timers, mail, heldMail, unwrittenMail]).toEqual([0, 0, 0, 0, 0, 0, 0]);
          await lives.end();
          expect(lives.node.clock.pending).toBe(0);
        }),
        { numRuns: count(60, 1_000) },
      );
    },
    count(20_000, 900_000),
  );
});
