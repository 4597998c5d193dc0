import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { stripTypes } from '../../scripts/strip-types.mjs';
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = ['runtime', 'supervisors', 'transports', 'actors', 'test/consensus'];

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'troupe-rounds-'));

function explore(folder: string): Promise<{ readonly status: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(folder, 'test/consensus/main.js')], (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });
}

describe('a round that is wrong on purpose', () => {
  let right: string;
  beforeAll(() => {
    right = newFolder();
    stripTypes({ root: ROOT, into: right, sources: SOURCES });
  });
  afterAll(() => rmSync(right, { recursive: true, force: true }));

  const planted = ({ file, replace, with: by }: PlantedBug): string => {
    const folder = newFolder();
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(right, folder, { recursive: true, verbatimSymlinks: true });
    stripTypes({ root: ROOT, into: folder, sources: [file], replacements: [{ file, replace, with: by }] });
    return folder;
  };

  it.each(PLANTED_BUGS)('is found out when it $name', async (bug) => {
    const { status, output } = await explore(planted(bug));
    expect(output).toMatch(bug.finds);
    expect(status).toBe(1);
  });

  it('is not said to be wrong where it is right', async () => {
    expect(await explore(right)).toEqual({ status: 0, output: 'nothing is violated\n' });
  });
});
