// Effects whose runs outlive their node: a surviving host presents how they ended, to the node that comes after it.
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { effect, type PresentedOutcome } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';

interface Run {
  readonly key: string;
  readonly epoch: number;
}

function hosted() {
  const runs: Run[] = [];
  const session = effect<number, undefined>({
    idempotent: false,
    adoptWithinMs: 30_000,
    run: ({ key, epoch }) => {
      runs.push({ key, epoch });
      return new Promise(() => undefined);
    },
  });
  const logic = setup({ types: { context: {} as { came: unknown[] } }, actors: { session } }).createMachine({
    context: { came: [] },
    initial: 'idle',
    states: {
      idle: { on: { GO: 'busy' } },
      busy: {
        on: { LEAVE: 'idle' },
        invoke: {
          src: 'session',
          onDone: { target: 'idle', actions: assign({ came: ({ context, event }) => [...context.came, event.output] }) },
          onError: {
            target: 'idle',
            actions: assign({ came: ({ context, event }) => [...context.came, (event.error as { code?: string; message: string }).code ?? (event.error as Error).message] }),
          },
        },
      },
    },
  });
  const spec = () => [worker('a', logic, { durable: true })];
  return { runs, spec };
}

/** A node that ended while the effect ran, and the next one. */
async function orphaned(crashes = 1) {
  const { runs, spec } = hosted();
  let node = await startNode(spec());
  await node.tell('a', { type: 'GO' });
  await settle();
  for (let crash = 0; crash < crashes; crash += 1) node = await startNode(spec(), { store: node.store, clock: node.clock });
  const [first] = runs as [Run];
  const present = (outcome: PresentedOutcome['outcome'], run: Run = first) => node.system.adopt({ ...run, outcome });
  return { node, runs, spec, present };
}

const done = { status: 'done', output: 7 } as const;
const came = (node: KernelNode) => [node.value('a'), node.context('a').came];

describe('the run of an effect that outlived its node', () => {
  it.each([
    ['that it is done', done, [7]],
    ['that it failed', { status: 'failed', error: new Error('host: no') } as const, ['host: no']],
  ])('is settled by what its host presents (%s), once, under the new epoch, and is on disk by then (K19)', async (_what, outcome, result) => {
    const { node, present, runs, spec } = await orphaned();
    expect(came(node)).toEqual(['busy', []]);
    expect(await present(outcome)).toEqual({ ok: true, epoch: 2 });
    expect(came(node)).toEqual(['idle', result]);
    expect(await present(outcome)).toEqual({ ok: false, reason: 'not_awaited' });
    const next = await startNode(spec(), { store: node.store, clock: node.clock });
    await next.pass(60_000);
    expect([came(next), runs.length]).toEqual([['idle', result], 1]);
  });

  it('waits for its host over several nodes: the journal shows whose attempt was the last (K19)', async () => {
    const { node, present } = await orphaned(3);
    expect(await present(done)).toEqual({ ok: true, epoch: 2 });
    await settle();
    expect(came(node)).toEqual(['idle', [7]]);
  });

  it("that is presented with its node's commits lost is settled all the same, once (K19, K10)", async () => {
    const { node, present } = await orphaned();
    node.journal.failNext('refused', 'vanished', 'unconfirmed');
    const adopted = present(done);
    for (let second = 0; second < 5; second += 1) {
      await settle();
      await node.pass(1_000);
    }
    expect([await adopted, came(node)]).toEqual([{ ok: true, epoch: 2 }, ['idle', [7]]]);
  });

  it('that never began there begins here, as an attempt of its own: what the old one says then is stale (K19)', async () => {
    const { node, present, runs, spec } = await orphaned();
    expect(await present({ status: 'not_started' })).toEqual({ ok: true, epoch: 2 });
    await settle();
    expect(runs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    const next = await startNode(spec(), { store: node.store, clock: node.clock });
    expect(await next.system.adopt({ ...(runs[0] as Run), outcome: done })).toEqual({ ok: false, reason: 'stale' });
    expect(await next.system.adopt({ ...(runs[1] as Run), outcome: done })).toEqual({ ok: true, epoch: 3 });
    await settle();
    expect(came(next)).toEqual(['idle', [7]]);
  });

  it('of another epoch, of another effect, or of one that was left counts for nothing (K19)', async () => {
    const { node, present, runs } = await orphaned();
    const [run] = runs as [Run];
    expect(await present(done, { ...run, epoch: 2 })).toEqual({ ok: false, reason: 'stale' });
    expect(await present(done, { ...run, key: `${run.key}0` })).toEqual({ ok: false, reason: 'not_awaited' });
    await node.tell('a', { type: 'LEAVE' });
    await settle();
    expect(await present(done)).toEqual({ ok: false, reason: 'not_awaited' });
    expect(came(node)).toEqual(['idle', []]);
  });

  it('that nobody presents in time is interrupted, and presented later it is late (K19, K17)', async () => {
    const { node, present } = await orphaned();
    await node.pass(29_999);
    expect(came(node)).toEqual(['busy', []]);
    await node.pass(1);
    expect(came(node)).toEqual(['idle', ['EffectInterrupted']]);
    expect(await present(done)).toEqual({ ok: false, reason: 'not_awaited' });
  });

  it("of the node that still runs is nobody else's to settle (K19)", async () => {
    const { present } = await orphaned(0);
    expect(await present(done)).toEqual({ ok: false, reason: 'not_awaited' });
  });
});
