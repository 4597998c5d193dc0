// Runs the simulator as people do, in processes of its own.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { plantInto, simulatorIn, writeSimulator } from '../../scripts/simulator.mjs';
import type { PlantedBug } from './planted-bugs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LONGEST_OUTPUT = 256 * 1_048_576;

export interface Simulated {
  readonly status: number;
  readonly output: string;
  readonly lastLine: string;
}

export function simulatorFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-simulation-'));
  writeSimulator(ROOT, folder);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Gone with the test. */
export function plantedFolder(from: string, { replacements }: PlantedBug): string {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-simulation-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  plantInto(ROOT, from, folder, replacements);
  return folder;
}

export function runSimulator(folder: string, ...args: string[]): Promise<Simulated> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...simulatorIn(folder), ...args], { maxBuffer: LONGEST_OUTPUT }, (error, stdout, stderr) => {
      const output = stdout + stderr;
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), output, lastLine: output.trimEnd().split('\n').at(-1) ?? '' });
    });
  });
}
