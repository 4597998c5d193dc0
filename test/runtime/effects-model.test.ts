// Effects against a model: what may not be repeated runs once, and each job has one end, which is what its last run came to; a result of a
// run that was outlived changes nothing. Over kills, crashes of the node, lost commits, and hosts that present what outlived their node.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { type EffectArgs, effect } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { count } from '../support/length.ts';
import { BATCHES, NodeLives } from '../support/node-lives.ts';
import { settle } from '../support/settle.ts';

const ADOPT_WITHIN_MS = 500;
type Kind = 'once' | 'again' | 'hosted';

interface Run {
  readonly job: number;
  readonly key: string;
  readonly epoch: number;
  readonly kind: Kind;
  /** Of a life whose actor or node is gone. */
  outlived: boolean;
  ended: boolean;
  readonly done: (output: string) => void;
  readonly fail: (error: Error) => void;
}

/** Everything that ran, in order, over all lives. */
class World {
  readonly runs: Run[] = [];

  begin = (kind: Kind, { key, epoch, input }: EffectArgs<number>): Promise<string> =>
    new Promise((done, fail) => void this.runs.push({ job: input, key, epoch, kind, outlived: false, ended: false, done, fail }));

  of(job: number): readonly Run[] {
    return this.runs.filter((run) => run.job === job);
  }

  outlive(): void {
    for (const run of this.runs) run.outlived = true;
  }

  behaviour() {
    const source = (kind: Kind, idempotent: boolean) =>
      effect<string, number>({ idempotent, ...(kind === 'hosted' ? { adoptWithinMs: ADOPT_WITHIN_MS } : {}), run: (args) => this.begin(kind, args) });
    const ended = (how: (event: never) => string) => assign({ ends: ({ context, event }: never) => [...(context as Context).ends, `${(context as Context).job} ${how(event)}`] });
    const busy = (src: Kind) => ({
      invoke: {
        src,
        input: ({ context }: { context: Context }) => context.job,
        onDone: { target: 'idle', actions: ended(({ output }: { output: string }) => output) },
        onError: { target: 'idle', actions: ended(({ error }: { error: { code?: string; message: string } }) => error.code ?? error.message) },
      },
      on: { LEAVE: { target: 'idle', actions: ended(() => 'left') } },
    });
    const begun = assign({ job: ({ context }: { context: Context }) => context.job + 1 });
    const go = (kind: Kind) => ({ target: kind, actions: begun });
    return setup({ actors: { once: source('once', false), again: source('again', true), hosted: source('hosted', false) } }).createMachine({
      context: { job: 0, ends: [] },
      initial: 'idle',
      on: { LEAVE: {}, once: {}, again: {}, hosted: {} },
      states: { idle: { on: { once: go('once'), again: go('again'), hosted: go('hosted') } }, once: busy('once'), again: busy('again'), hosted: busy('hosted') },
    } as never);
  }
}

interface Context {
  readonly job: number;
  readonly ends: readonly string[];
}

class Model {
  job = 0;
  busy: Kind | undefined;
  readonly ends: string[] = [];
  /** How long a host may still present what it did; undefined while nobody waits for that. */
  awaitedMs: number | undefined;

  go(kind: Kind): void {
    if (this.busy !== undefined) return;
    this.job += 1;
    this.busy = kind;
  }

  end(how: string): void {
    if (this.busy === undefined) return;
    this.ends.push(`${this.job} ${how}`);
    this.busy = undefined;
    this.awaitedMs = undefined;
  }

  /** The actor begins anew from disk. */
  restored(): void {
    if (this.busy === 'once') this.end('EffectInterrupted');
    if (this.busy === 'hosted') this.awaitedMs = ADOPT_WITHIN_MS;
  }

  pass(ms: number): void {
    if (this.awaitedMs === undefined) return;
    this.awaitedMs -= ms;
    if (this.awaitedMs <= 0) this.end('EffectInterrupted');
  }
}

const SCRIPT = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('once', 'again', 'hosted'), which: fc.constant(0), ms: fc.constant(0) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('done', 'done', 'failed', 'present', 'LEAVE'), which: fc.constantFrom(0, 0, 1, 2), ms: fc.constant(0) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom('kill', 'kill twice', 'crash', 'pass', 'vanished', 'unconfirmed'), which: fc.constant(0), ms: fc.integer({ min: 1, max: 400 }) }),
    },
  ),
  { maxLength: 30, size: 'max' },
);
interface Act {
  readonly do: string;
  /** A run, from the last one on. */
  readonly which: number;
  readonly ms: number;
}

/** The run ends, whoever still wants to know. */
function endRun(model: Model, world: World, run: Run, how: 'done' | 'failed'): void {
  const result = `${how} by run ${world.runs.indexOf(run)}`;
  if (how === 'done') run.done(result);
  else run.fail(new Error(result));
  const counts = !run.ended && !run.outlived && run.job === model.job && run === world.of(run.job).at(-1);
  run.ended = true;
  if (counts) model.end(result);
}

async function present(lives: NodeLives, model: Model, run: Run): Promise<void> {
  const awaited = model.awaitedMs !== undefined && run.job === model.job;
  const output = `presented ${run.key} ${run.epoch}`;
  expect((await lives.node.system.adopt({ key: run.key, epoch: run.epoch, outcome: { status: 'done', output } })).ok).toBe(awaited);
  if (awaited) model.end(output);
}

async function act(lives: NodeLives, world: World, model: Model, { do: what, which, ms }: Act): Promise<void> {
  const run = world.runs.at(-1 - which);
  if (what === 'vanished' || what === 'unconfirmed') lives.node.journal.failNext(what);
  else if (what === 'done' || what === 'failed') run === undefined || endRun(model, world, run, what);
  else if (what === 'present') await (run === undefined || present(lives, model, run));
  else if (what === 'pass') {
    model.pass(ms);
    await lives.node.pass(ms);
  } else if (what === 'crash') {
    world.outlive();
    await lives.crash();
    model.restored();
  } else if (what.startsWith('kill')) {
    for (let kill = 0; kill < (what === 'kill' ? 1 : 2); kill += 1) {
      world.outlive();
      await lives.node.system.kill('w');
      await settle();
      model.restored();
    }
  } else {
    await lives.tellSurely('w', { type: what });
    if (what === 'LEAVE') model.end('left');
    else model.go(what as Kind);
  }
}

describe('effects of a durable actor', () => {
  it(
    'run once where they may not be repeated, and end once, as what their last run came to (G4, G8; K15, K16, K17, K19)',
    async () => {
      await fc.assert(
        fc.asyncProperty(BATCHES, SCRIPT, async (limits, script) => {
          const world = new World();
          const lives = await NodeLives.begin(() => [worker('w', world.behaviour(), { durable: true })], limits);
          const model = new Model();
          for (const [index, each] of script.entries()) {
            await act(lives, world, model, each);
            await settle();
            const after = `${index}: ${each.do} ${each.which}`;
            expect([after, lives.node.context('w').ends]).toEqual([after, model.ends]);
            expect([after, lives.node.value('w')]).toEqual([after, model.busy ?? 'idle']);
          }
          for (let job = 1; job <= model.job; job += 1) {
            const runs = world.of(job);
            expect([job, new Set(runs.map(({ key }) => key)).size]).toEqual([job, 1]);
            if (runs[0]?.kind !== 'again') expect([job, runs.length]).toEqual([job, 1]);
          }
          await lives.recovered();
          await lives.end();
          expect(lives.node.clock.pending).toBe(0);
        }),
        { numRuns: count(40, 1_000) },
      );
    },
    count(60_000, 900_000),
  );
});
