// What a command says does not reach anybody: that is a failure where somebody counts on it, and none where nobody reads on.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TROUPE } from '../support/node-process.ts';

function helpInto(stdout: number | 'pipe') {
  return spawnSync(process.execPath, [TROUPE, 'audit', '--help'], { stdio: ['ignore', stdout, 'pipe'], encoding: 'utf8' });
}

it('output that a full disk does not take is a failure that says so', () => {
  expect(helpInto('pipe')).toMatchObject({ status: 0, stderr: '' });
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = helpInto(full);
  closeSync(full);
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^error: the output could not be written: ENOSPC.*\n$/)]);
});

it('a reader of a pipe that has gone is none', () => {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `"$0" "$1" audit --help | true; echo "\${PIPESTATUS[0]}"`, process.execPath, TROUPE], { encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([0, '0\n', '']);
});
