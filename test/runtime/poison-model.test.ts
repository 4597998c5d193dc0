// Poison against a model: it is a dead letter once, after three attempts at the most over all lives; what comes before and behind it acts,
// each once and in its order; three in a row are the actor's end, as its supervisor's strategy has it, and nobody else notices anything.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { STRATEGIES, type Strategy, supervisor, worker } from '../../supervisors/index.ts';
import type { KernelNode } from '../support/kernel-node.ts';
import { count } from '../support/length.ts';
import { BATCHES, NodeLives } from '../support/node-lives.ts';
import { settle } from '../support/settle.ts';
import { boom } from '../support/small-actors.ts';

const CHILDREN = ['a', 'b', 'c'] as const;
const MOST_POISON = 3;
interface Words {
  readonly type: string;
  readonly n: number;
}

const fragile = setup({ types: { context: {} as { done: number[] }, events: {} as Words } }).createMachine({
  context: { done: [] },
  on: { GOOD: { actions: assign({ done: ({ context, event }) => [...context.done, event.n] }) }, BAD: { actions: assign(boom) } },
});

/** An attempt that was committed is made once, in this life or the next, and there are three of them. */
function expectCounted(nodes: readonly KernelNode[]): void {
  const made = new Map<string, number[]>();
  for (const event of nodes.flatMap(({ telemetry }) => telemetry)) {
    if (event.kind !== 'actor.failed_step') continue;
    const of = made.get(event.messageId ?? '') ?? [];
    made.set(event.messageId ?? '', [...of, event.attempts]);
  }
  for (const [id, attempts] of made) expect([id, attempts]).toEqual([id, [1, 2, 3].filter((attempt) => attempts.includes(attempt))]);
}

class Model {
  readonly done = new Map<string, number[]>(CHILDREN.map((id) => [id, []]));
  readonly dead: number[] = [];
  /** Exits of each, in the order of its supervisor. */
  readonly exits: string[] = [];
  readonly #inRow = new Map<string, number>();
  readonly #strategy: Strategy;

  constructor(strategy: Strategy) {
    this.#strategy = strategy;
  }

  good(id: string, n: number): void {
    this.done.get(id)?.push(n);
    this.#inRow.set(id, 0);
  }

  bad(id: string, n: number): void {
    this.dead.push(n);
    const inRow = (this.#inRow.get(id) ?? 0) + 1;
    this.#inRow.set(id, inRow % MOST_POISON);
    if (inRow < MOST_POISON) return;
    const at = CHILDREN.indexOf(id as 'a');
    const along = { one_for_one: [], one_for_all: CHILDREN.filter((each) => each !== id), rest_for_one: CHILDREN.slice(at + 1) }[this.#strategy];
    this.exits.push(`tree/${id} crash`, ...along.map((each) => `tree/${each} shutdown`));
  }
}

const SCRIPT = fc.array(
  fc.record({
    do: fc.oneof(
      { weight: 4, arbitrary: fc.constant('GOOD') },
      { weight: 5, arbitrary: fc.constant('BAD') },
      { weight: 2, arbitrary: fc.constantFrom('crash', 'vanished', 'unconfirmed') },
    ),
    id: fc.constantFrom('a', 'a', 'b', 'c'),
    /** How far the node gets before what comes next. */
    turns: fc.constantFrom(0, 1, 3, 60),
  }),
  { maxLength: 30, size: 'max' },
);

const kinds = (exits: readonly string[]): string[] => exits.map((exit) => exit.replace(/ crash:.*/, ' crash')).sort();

describe.each([
  ['in a node that lives on', false],
  ['in a node that crashes and loses commits', true],
] as const)('poison between other messages, %s,', (_where, faults) => {
  it(
    'ends as dead letters, each once, and costs nobody but its own actor anything (G7, G1, G2; K12)',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...STRATEGIES), BATCHES, SCRIPT, async (strategy, limits, script) => {
          const tree = () => supervisor('tree', { strategy, intensity: 1_000, children: CHILDREN.map((id) => worker(id, fragile, { durable: true })) });
          const lives = await NodeLives.begin(() => [tree()], limits);
          const model = new Model(strategy);
          const nodes = new Set<KernelNode>();
          for (const [n, { do: what, id, turns }] of script.entries()) {
            nodes.add(lives.node);
            if (what === 'crash' && faults) {
              await lives.crash();
            } else if (what === 'vanished' || what === 'unconfirmed') {
              if (faults) lives.node.journal.failNext(what);
            } else if (what === 'GOOD' || what === 'BAD') {
              await lives.tellSurely(`tree/${id}`, { type: what, n });
              if (what === 'GOOD') model.good(id, n);
              else model.bad(id, n);
            }
            await settle(turns);
          }
          await settle(200);
          if (faults) await lives.recovered();
          for (const [id, done] of model.done) expect([id, lives.node.context(`tree/${id}`).done]).toEqual([id, done]);
          const dead = await lives.node.journal.deadLetters({ after: 0, limit: 1_000 });
          expect(dead.map(({ envelope, reason }) => `${reason} ${envelope.message.n}`).sort()).toEqual(model.dead.map((n) => `poisoned ${n}`).sort());
          nodes.add(lives.node);
          expectCounted([...nodes]);
          const exits = [...nodes].flatMap((node) => node.exits());
          if (!faults) expect(kinds(exits)).toEqual(kinds(model.exits));
          await lives.end();
        }),
        { numRuns: count(25, 1_000) },
      );
    },
    count(60_000, 900_000),
  );
});
