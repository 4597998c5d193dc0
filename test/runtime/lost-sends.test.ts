// What a step sent goes with its batch, wherever it had got to by then, and however it was sent.
import { describe, expect, it } from 'vitest';
import { type ActorSystem, type AnyActorRef, assign, fromTransition, setup } from 'xstate';
import { tell } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

interface Passed {
  readonly n: number;
}
const relay = setup({ types: { context: {} as Passed, events: {} as { type: string } } }).createMachine({
  context: { n: 0 },
  on: { GO: { actions: [assign({ n: ({ context }) => context.n + 1 }), tell('gate', ({ context }: { context: Passed }) => ({ type: 'NOTE', n: context.n }))] } },
});
const gate = setup({ types: { context: {} as { seen: unknown[] }, events: {} as { type: string; n?: number } } }).createMachine({
  context: { seen: [] },
  initial: 'closed',
  states: { closed: { on: { OPEN: 'open' } }, open: { on: { NOTE: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.n] }) } } } },
});
const closedGate = () => [worker('gate', gate, { durable: true, postpone: ['NOTE'] }), worker('relay', relay, { durable: true })];

describe('what a step of a lost batch sent', () => {
  it('and its receiver had postponed in that batch was never sent (K9, K6)', async () => {
    const node = await startNode(closedGate());
    node.journal.failNext('refused');
    await expect(node.tell('relay', { type: 'GO' }, { id: 'one' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    await node.tell('relay', { type: 'GO' }, { id: 'one' });
    await node.tell('gate', { type: 'OPEN' });
    await settle();
    expect(node.context('gate').seen).toEqual([1]);
  });
});

describe('what waited on disk, and was postponed by a lost batch', () => {
  it('is as it is there, also when its actor is killed before that was known, and comes before what was sent after it (K6, K10, G3)', async () => {
    const node = await startNode(closedGate(), { limits: { steps: 1 } });
    const note = (n: number) => node.tell('gate', { type: 'NOTE', n });
    await node.system.terminateChild('', 'gate');
    for (const n of [1, 2]) await note(n);
    let up = (): void => undefined;
    const well = node.journal.refuse(({ mail }) => {
      const lost = mail.put.some(({ state }) => state === 'postponed');
      if (lost) up = node.journal.goDown();
      return lost;
    });
    await node.system.restartChild('', 'gate');
    await settle();
    await node.system.kill('gate');
    well();
    up();
    await node.pass(5_000);
    const again = await startNode(closedGate(), { store: node.store, clock: node.clock });
    await again.tell('gate', { type: 'OPEN' });
    await settle();
    expect(again.context('gate').seen).toEqual([1, 2]);
  });
});

describe('a send through a link, in a transition function', () => {
  const counting = fromTransition<Passed, { type: string }, ActorSystem<{ actors: Record<string, AnyActorRef> }>, undefined>(
    (state, _event, { system }) => {
      system.get('record')?.send({ type: `N${state.n + 1}` });
      return { n: state.n + 1 };
    },
    { n: 0 },
  );
  const children = () => [worker('record', recorder, { durable: true }), worker('counting', counting, { durable: true })];

  it('is part of the step: gone with its batch, and sent once with the next (K9)', async () => {
    const node = await startNode(children());
    node.journal.failNext('vanished');
    await expect(node.tell('counting', { type: 'GO' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect(node.context('record').seen).toEqual([]);
    await node.tell('counting', { type: 'GO' });
    await settle();
    expect(node.context('record').seen).toEqual(['N1']);
  });

  it('is in the commit of the step: a crash right behind it loses nothing (G1)', async () => {
    const node = await startNode(children(), { limits: { steps: 1 } });
    await node.tell('counting', { type: 'GO' });
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    expect(again.context('record').seen).toEqual(['N1']);
  });
});
