import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { fact, readSteps, sqliteJournal } from '../../runtime/index.ts';
import { verifyJournal } from '../../runtime/verify-chain.ts';
import { worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';

const noting = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  on: { ADD: { actions: [assign({ n: ({ context }) => context.n + 1 }), fact('added', ({ context }: { context: { n: number } }) => ({ n: context.n }))] } },
});
const children = () => ['a', 'b'].map((id) => worker(id, noting, { durable: true }));
const everything = { after: 0, limit: 1_000 };
const added = async (node: KernelNode) =>
  (await node.journal.facts(everything)).flatMap(({ kind, body }) => (kind === 'added' ? [JSON.parse(body) as { address: string; n: number }] : []));

describe('the facts of a node', () => {
  it.each([
    ['in memory', () => ({})],
    ['in SQLite', () => ({ journal: sqliteJournal({ dir: privateFolder(), synchronous: 'OFF' }) })],
  ])('are chained in the commit of their steps, without gaps, over lost batches and restarts, %s (K34)', async (_where, options) => {
    const node = await startNode(children(), options());
    for (let n = 0; n < 5; n += 1) await Promise.all(['a', 'b'].map((to) => node.tell(to, { type: 'ADD' })));
    node.journal.failNext('vanished');
    await expect(node.tell('a', { type: 'ADD' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    node.journal.failNext('unconfirmed');
    await node.tell('b', { type: 'ADD' });
    const facts = await node.journal.facts(everything);
    expect(facts.map(({ seq }) => seq)).toEqual(facts.map((_, index) => index + 1));
    expect(await verifyJournal(node.journal)).toMatchObject({ ok: true, facts: facts.length });
    expect((await added(node)).map(({ address, n }) => `${address}${n}`).sort()).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6']);
  });

  it('name every committed step with its cause, and no step that was not committed (K34, K9)', async () => {
    const node = await startNode(children());
    node.journal.failNext('refused');
    await node.tell('a', { type: 'ADD' }, { id: 'm1' }).catch(() => undefined);
    await node.tell('a', { type: 'ADD' }, { id: 'm1' });
    const steps = (await node.journal.facts(everything)).flatMap(({ kind, body }) => (kind === 'steps' ? readSteps(JSON.parse(body) as unknown[]) : []));
    expect(steps.filter(({ address }) => address === 'a').map(({ step, messageId }) => [step, messageId])).toEqual([
      [1, null],
      [2, 'm1'],
    ]);
  });

  it('go on behind those of the node before, and the chain holds across it (K34)', async () => {
    const node = await startNode(children());
    await node.tell('a', { type: 'ADD' });
    const again = await startNode(children(), { store: node.store });
    await again.tell('a', { type: 'ADD' });
    await settle();
    expect(await verifyJournal(again.journal)).toMatchObject({ ok: true, facts: again.system.position });
    expect((await added(again)).map(({ n }) => n)).toEqual([1, 2]);
  });
});
