import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { watchNode } from '../../../gateway/node/watch-node.ts';
import { systemClock } from '../../../runtime/index.ts';
import { worker } from '../../../supervisors/index.ts';
import { startNode } from '../../support/kernel-node.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { recorder } from '../../support/small-actors.ts';
import { recordingLog } from '../../support/test-door.ts';

it.each([
  [
    'of a step that never came back is an alert of this one, once',
    JSON.stringify({ pid: 1, at: 2, step: { address: 'a', type: 'GO' }, where: ['spin (file:1)'], ms: 5_000 }),
    ['loop_blocked:a'],
  ],
  ['that was cut off is nothing', '{"pid":1,"at":2,"st', []],
])('what the node before wrote %s', async (_what, written, alerts) => {
  const logs = privateFolder();
  writeFileSync(join(logs, 'blocked.json'), written);
  const { system } = await startNode([worker('a', recorder)]);
  const end = watchNode({ clock: systemClock, system, log: recordingLog(), logs, endAfterMs: null });
  onTestFinished(end);
  expect([system.alerts().map(({ id }) => id), existsSync(join(logs, 'blocked.json'))]).toEqual([alerts, false]);
});
