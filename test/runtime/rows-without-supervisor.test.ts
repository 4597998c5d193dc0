import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { startChild, tell } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const templates = { job: (_input: unknown, id: string) => worker(id, recorder, { durable: true }) };
const startAt = (at: string) => startChild(at, { template: 'job', id: 'x', input: { n: 1 } });
const maker = setup({ types: { events: {} as { type: string } } }).createMachine({
  on: {
    NOBODY: { actions: [startAt('manny'), tell('manny/x', { type: 'GO' })] },
    STATIC: { actions: startAt('tree') },
    WORKER: { actions: startAt('sink') },
    VOLATILE: { actions: startAt('brief') },
    BELOW: { actions: startAt('tree/none') },
    DEEP: { actions: startAt('tree/many') },
  },
});
const early = setup({}).createMachine({ entry: startAt('tree/many') });
const children = (first = maker) => [
  worker('maker', first, { durable: true, ignore: ['SYNC'] }),
  worker('sink', recorder, { durable: true }),
  dynamicSupervisor('brief', { templates }),
  supervisor('tree', { intensity: 20, children: [dynamicSupervisor('many', { durable: true, templates })] }),
];

describe('a child that a durable step asks of a supervisor', () => {
  it('that is none is a dead letter `noproc` of the asking step, which stands; no row is left (K25, K2)', async () => {
    const node = await startNode(children());
    await node.tell('maker', { type: 'NOBODY' });
    await settle();
    expect([node.deadLetters(), [...node.store.children.all()]]).toEqual([['noproc troupe.start_child', 'noproc GO'], []]);
    expect(node.system.deadLetters()[0]).toMatchObject({
      detail: 'no durable dynamic supervisor',
      envelope: { from: 'maker', to: 'manny', message: { template: 'job', id: 'x', input: { n: 1 } } },
    });
    expect(node.store.deadLetters.map(({ reason }) => reason)).toEqual(['noproc', 'noproc']);
    expect(node.system.inspect('maker')).toMatchObject({ step: 2 });
    await expect(node.tell('manny/x', { type: 'GO' })).rejects.toMatchObject({ code: 'NoSuchActor' });
  });

  it.each(['STATIC', 'WORKER', 'VOLATILE', 'BELOW'])('that starts nobody from rows is one too: %s (K25)', async (type) => {
    const node = await startNode(children());
    await node.tell('maker', { type });
    await settle();
    expect([node.deadLetters(), [...node.store.children.all()]]).toEqual([['noproc troupe.start_child'], []]);
  });

  it('that is lost with its batch is no dead letter (K25, K9)', async () => {
    const node = await startNode(children());
    node.journal.failNext('vanished');
    await expect(node.tell('maker', { type: 'NOBODY' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect([node.deadLetters(), node.store.deadLetters]).toEqual([[], []]);
  });

  it('that comes up later, or again, is started from its row (K25)', async () => {
    const booting = await startNode(children(early as never));
    expect(booting.system.whichChildren('tree/many').map(({ id }) => id)).toEqual(['x']);
    const node = await startNode(children());
    const killed = node.system.kill('tree');
    await Promise.all([killed, node.tell('maker', { type: 'DEEP' })]);
    await settle();
    expect([node.system.whichChildren('tree/many').map(({ id, state }) => `${id} ${state}`), node.deadLetters()]).toEqual([['x running'], []]);
  });
});
