import { expect, it, onTestFinished } from 'vitest';
import { watchSessions } from '../../../gateway/node/failed-sessions.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

const ADDRESS = 'agents/testing';
const tell = async (test: TestNode, message: { readonly type: string; readonly [field: string]: unknown }): Promise<void> => {
  await test.system.ref(ADDRESS).tell(message);
  await settle();
};
const giveUp = (test: TestNode): Promise<void> => tell(test, { type: 'SESSION_FAILED', why: 'it died again and again' });
const alerts = async (test: TestNode) => (await test.run<{ items: ReadonlyArray<{ id: string; text: string }> }>('alert.list')).items;
const watched = (test: TestNode): void => onTestFinished(watchSessions({ system: test.system, facts: test.facts }));

it('an agent whose session was given up is an alert that says what to do, until it has one again', async () => {
  const test = await runningNode();
  watched(test);
  await giveUp(test);
  expect(await alerts(test)).toMatchObject([
    { id: `session:${ADDRESS}`, severity: 'critical', text: expect.stringMatching(/session of testing .* its tasks wait; .* `troupe restart testing`/) },
  ]);
  expect(await test.run('system.status')).toMatchObject({ agents: { failed: 1 }, alertsOpen: 1 });
  await tell(test, { type: 'SESSION_READY', epoch: 9, pid: 1, attach: null });
  expect(await alerts(test)).toEqual([]);
});

it('one that had failed before anybody looked is an alert too, and one that is well by then is none any more', async () => {
  const test = await runningNode();
  await giveUp(test);
  test.system.raiseAlert({ kind: 'session', severity: 'critical', address: 'agents/database', text: 'of an earlier life' });
  watched(test);
  await settle();
  expect((await alerts(test)).map(({ id }) => id)).toEqual([`session:${ADDRESS}`]);
});

it('a session that is lost, and comes again by itself, is none', async () => {
  const test = await runningNode();
  watched(test);
  await tell(test, { type: 'SESSION_LOST', why: 'its process ended' });
  expect(await alerts(test)).toEqual([]);
});
