// The data directory of a whole node on a real disk that takes nothing: what people are told when they start it, and when they ask the doctor.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { nodePlace, troupe, up } from '../support/node-process.ts';
import { smallDisk } from './small-disk.ts';

async function onDisk(dir: string) {
  const data = join(dir, 'data');
  mkdirSync(data);
  const place = await nodePlace({ env: { TROUPE_DATA: data, TROUPE_TERMINAL: 'pty' } });
  onTestFinished(place.close);
  await (await up(place)).stop();
  return { place, data };
}

it('a node that is started on a full disk says that it is full, and where; with room again it starts', async ({ skip }) => {
  const { disk, why } = smallDisk(64);
  if (disk === null) return skip(why);
  const { place, data } = await onDisk(disk.dir);
  const makeRoom = disk.fill();
  expect(await troupe(place, ['up'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `error: ${data} is on a full disk: make room there, or choose another with --data or TROUPE_DATA\n`,
  });
  makeRoom();
  expect((await (await up(place)).stop()).code).toBe(0);
});

it('the audit of a node on a read-only disk is read all the same, and proved; nothing is left behind of that', async ({ skip }) => {
  const { disk, why } = smallDisk(64);
  if (disk === null) return skip(why);
  const { place, data } = await onDisk(disk.dir);
  const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith('troupe-journal-')).length;
  const before = copies();
  const writable = await troupe(place, ['audit', '--json']);
  disk.remount('ro');
  const shown = await troupe(place, ['audit', '--json']);
  const proved = await troupe(place, ['audit', 'verify']);
  disk.remount('rw');
  expect([shown.code, shown.stdout]).toEqual([0, writable.stdout]);
  expect(shown.stdout.split('\n').length).toBeGreaterThan(5);
  expect(proved).toMatchObject({ code: 0, stdout: expect.stringContaining('the audit log is whole') });
  expect([copies(), existsSync(data)]).toEqual([before, true]);
});

it('the doctor calls no database damaged that lies on a read-only disk', async ({ skip }) => {
  const { disk, why } = smallDisk(64);
  if (disk === null) return skip(why);
  const { place, data } = await onDisk(disk.dir);
  disk.remount('ro');
  const { code, stdout } = await troupe(place, ['doctor']);
  disk.remount('rw');
  expect(code).toBe(1);
  expect(stdout).toContain(`${data} cannot be written`);
  expect(stdout).not.toContain('damaged');
});
