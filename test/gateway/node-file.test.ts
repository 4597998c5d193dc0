import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataDir } from '../../gateway/data-dir.ts';
import { readNodeFile, removeNodeFile, writeNodeFile } from '../../gateway/node-file.ts';
import { privateFolder } from '../support/private-folder.ts';

const TOLD = { version: '1', startedAt: 5, host: '127.0.0.1', portOffset: 0, ports: { health: 5001 }, urls: { health: 'h', api: 'a', rpc: 'r' } };

function place() {
  const dir = privateFolder();
  return { dir, node: { ...TOLD, instance: openDataDir(dir).instance } };
}

it('says where this process can be reached, to its owner alone', () => {
  const { dir, node } = place();
  writeNodeFile(dir, node);
  expect(readNodeFile(dir)).toMatchObject({ ...node, pid: process.pid, running: true });
  expect((statSync(join(dir, 'node.json')).mode & 0o777).toString(8)).toBe('600');
});

it('a process of the same number that began at another time is another process', () => {
  const { dir, node } = place();
  writeNodeFile(dir, node);
  const file = join(dir, 'node.json');
  const told = JSON.parse(readFileSync(file, 'utf8')) as { startTime: number };
  writeFileSync(file, JSON.stringify({ ...told, startTime: told.startTime - 1 }));
  expect(readNodeFile(dir)).toMatchObject({ pid: process.pid, running: false });
});

it('in a copy of a data directory it speaks of another node, which is not reached through the copy', () => {
  const { dir, node } = place();
  writeNodeFile(dir, node);
  const copy = join(privateFolder(), 'copy');
  cpSync(dir, copy, { recursive: true });
  expect(readNodeFile(copy)).toBeUndefined();
});

it.each([
  ['none', undefined],
  ['half of one', '{"pid": 1, "sta'],
  ["another program's", '{"name": "node"}'],
  ['a list', '[]'],
])('%s is no node', (_what, text) => {
  const { dir } = place();
  if (text !== undefined) writeFileSync(join(dir, 'node.json'), text);
  expect(readNodeFile(dir)).toBeUndefined();
});

it('is removed, also twice', () => {
  const { dir, node } = place();
  writeNodeFile(dir, node);
  removeNodeFile(dir);
  removeNodeFile(dir);
  expect(existsSync(join(dir, 'node.json'))).toBe(false);
});
