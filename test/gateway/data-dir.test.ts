import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openDataDir } from '../../gateway/data-dir.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

it('makes the directory and its secrets for their owner alone, and finds them again', () => {
  const dir = join(folder, 'a', 'data');
  const first = openDataDir(dir);
  expect([dir, join(dir, 'keys'), join(dir, 'logs')].map(modeOf)).toEqual(['700', '700', '700']);
  expect([join(dir, 'admin.token'), join(dir, 'instance.json')].map(modeOf)).toEqual(['600', '600']);
  expect(Buffer.from(first.adminToken, 'base64url')).toHaveLength(32);
  expect(openDataDir(dir)).toEqual(first);
});

it('a copy of a data directory is another node, so that it never ends the processes of the first', () => {
  const dir = join(folder, 'original');
  const first = openDataDir(dir);
  cpSync(dir, join(folder, 'copy'), { recursive: true });
  const copy = openDataDir(join(folder, 'copy'));
  expect(copy.ownerToken).not.toBe(first.ownerToken);
  expect(copy.adminToken).toBe(first.adminToken);
});

it('git does not see it', () => {
  const { path } = openDataDir(join(folder, 'b'));
  expect(readFileSync(join(path, '.gitignore'), 'utf8')).toBe('*\n');
});

it('a file in its place is refused by name, with the fix', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => openDataDir(join(folder, 'file'))).toThrow(/file is not a folder: choose another with --data/);
  expect(() => openDataDir(join(folder, 'file', 'below'))).toThrow(/is not a folder/);
});

it.each([
  ['a link to nowhere', '/nowhere/at/all', /is not a folder/],
  ['a link that leads to itself', 'loop', /is not a folder|leads to itself/],
])('%s in its place is refused by name', (_what, target, words) => {
  const dir = join(folder, 'loop');
  rmSync(dir, { force: true });
  symlinkSync(target, dir);
  expect(() => openDataDir(dir)).toThrow(words);
});

it('a folder that the kernel does not let anybody make is refused at once, instead of tried for ever', () => {
  expect(() => openDataDir('/proc/troupe/data')).toThrow(/\/proc\/troupe\/data cannot be made: choose another with --data/);
  expect(() => openDataDir(join(folder, 'x'.repeat(300)))).toThrow(/has too long a name/);
});
