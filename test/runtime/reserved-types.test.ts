import { describe, expect, it } from 'vitest';
import { fromCallback, setup } from 'xstate';
import { effect, tell } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';

/** Grants when its effect is done, which never happens: whoever forges that event has granted himself. */
const approval = setup({ actors: { wait: effect({ idempotent: true, run: () => new Promise(() => undefined) }) } }).createMachine({
  initial: 'waiting',
  states: { waiting: { invoke: { src: 'wait', id: 'w', onDone: 'granted', onError: 'failed' }, after: { 5000: 'late' } }, granted: {}, failed: {}, late: {} },
});

const FORGED = ['xstate.done.actor.w', 'xstate.error.actor.w', 'xstate.after.5000.(machine).waiting', 'xstate.stop', 'xstate.init', 'troupe.shutdown', 'DOWN', 'EXIT', '*'];

describe.each(FORGED)('a message of the type %s', (type) => {
  it('is refused wherever it comes in, as a dead letter `invalid` (K5)', async () => {
    const logic = setup({
      actors: { forge: fromCallback(({ sendBack }) => sendBack({ type })), tells: effect({ idempotent: true, run: ({ tell: send }) => send('approval', { type }) }) },
    }).createMachine({
      initial: 'idle',
      states: {
        idle: { on: { CALLBACK: 'calling', EFFECT: 'running', STEP: { actions: tell('approval', { type }) }, LATER: { actions: tell('approval', { type }, { delay: 5 }) } } },
        calling: { invoke: { src: 'forge' } },
        running: { invoke: { src: 'tells', onDone: 'idle', onError: 'refused' } },
        refused: {},
      },
    });
    const spec = (id: string) => worker(id, logic, { durable: true });
    const node = await startNode([worker('approval', approval, { durable: true }), worker('volatile', approval), spec('step'), spec('later'), spec('calls'), spec('runs')]);
    const invalid = { code: 'InvalidMessage' };
    for (const to of ['approval', 'volatile']) {
      await expect(node.tell(to, { type })).rejects.toMatchObject(invalid);
      await expect(node.tell(to, { type }, { id: 'again' })).rejects.toMatchObject(invalid);
      await expect(node.ask(to, { type })).rejects.toMatchObject(invalid);
    }
    expect(node.deadLetters()).toEqual(Array(6).fill(`invalid ${type}`));
    await node.tell('runs', { type: 'EFFECT' });
    await node.tell('calls', { type: 'CALLBACK' });
    await settle();
    expect([node.value('runs'), node.deadLetters()]).toEqual(['refused', Array(8).fill(`invalid ${type}`)]);
    // From a step it is a mistake of the sender: its step fails, and the message that caused it is the dead letter.
    await expect(node.ask('step', { type: 'STEP' })).rejects.toMatchObject({ code: 'MessagePoisoned', message: expect.stringContaining('(K5)') });
    await expect(node.ask('later', { type: 'LATER' })).rejects.toMatchObject({ code: 'MessagePoisoned' });
    await node.pass(10);
    expect([node.value('approval'), node.value('volatile')]).toEqual(['waiting', 'waiting']);
  });
});
