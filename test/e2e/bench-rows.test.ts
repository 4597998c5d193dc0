// Nothing else runs the bench's rows between two measurements: one that no longer fits the program is seen here.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { MEASUREMENTS } from '../../bench/rows.mjs';
import { ROOT } from '../support/node-process.ts';

const SEEN = /^(\S+) (?:runs|not measured: .*(?:is not installed|cannot be started))/;

it('each row of the bench still runs and gives samples, or names the peer that is not here', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/main.mjs', '--smoke'], { cwd: ROOT });
  const seen = stdout
    .trim()
    .split('\n')
    .map((line) => SEEN.exec(line)?.[1]);
  expect(seen).toEqual(MEASUREMENTS.flatMap(({ rows }) => rows.map(({ id }) => id)));
});
