import { readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLog } from '../../gateway/log.ts';
import { privateFolder } from '../support/private-folder.ts';

const lines = (dir: string): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  readFileSync(join(dir, 'node.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

it('is one object a line with its time and node, from its level up, for its owner alone', () => {
  const dir = privateFolder();
  const log = openLog({ dir, level: 'info', instance: 'cafe0123', stderr: 'silent' });
  log.debug({}, 'not this');
  log.info({ agents: 9 }, 'ready');
  expect(lines(dir)).toMatchObject([{ instance: 'cafe0123', agents: 9, msg: 'ready', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) }]);
  expect((statSync(join(dir, 'node.log')).mode & 0o777).toString(8)).toBe('600');
});

it('what is called like a secret is cut out, however deep within three', () => {
  const dir = privateFolder();
  const log = openLog({ dir, level: 'info', instance: 'cafe0123', stderr: 'silent' });
  log.info({ token: 'hunter2', headers: { authorization: 'Bearer hunter2' }, a: { b: { password: 'hunter2', ticket: 'hunter2' } }, env: { KEY: 'hunter2' } }, 'x');
  expect(readFileSync(join(dir, 'node.log'), 'utf8')).not.toContain('hunter2');
  expect(lines(dir)).toMatchObject([{ token: '***', headers: { authorization: '***' }, env: '***' }]);
});

it('begins anew when it has grown too large, and keeps the one before', () => {
  const dir = privateFolder();
  writeFileSync(join(dir, 'node.log'), 'old\n');
  truncateSync(join(dir, 'node.log'), 16_777_217);
  openLog({ dir, level: 'info', instance: 'cafe0123', stderr: 'silent' }).info({}, 'new');
  expect(lines(dir)).toHaveLength(1);
  expect(readFileSync(join(dir, 'node.log.1'), 'utf8').slice(0, 4)).toBe('old\n');
});

it('never ends its node, though the disk takes no line', async () => {
  const dir = privateFolder();
  symlinkSync('/dev/full', join(dir, 'node.log'));
  const log = openLog({ dir, level: 'info', instance: 'cafe0123', stderr: 'silent' });
  const fallen: unknown[] = [];
  const fall = (error: unknown): void => void fallen.push(error);
  process.on('uncaughtException', fall);
  for (let line = 0; line < 20; line += 1) log.error({ line }, 'the disk is full');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('uncaughtException', fall);
  expect(fallen).toEqual([]);
});
