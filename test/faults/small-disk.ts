// A disk of a few megabytes for one test, where the machine lets us mount one: it can be filled, and made read-only. Unmounted with
// the test.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { privateFolder } from '../support/private-folder.ts';

export interface SmallDisk {
  readonly dir: string;
  /** Until nothing fits any more; returns what makes room again. */
  fill(): () => void;
  /** Read-only for whoever opens a file from now on, not for who has it open; returns what undoes it. */
  coverReadOnly(): () => void;
  /** Only while nobody has a file open for writing. */
  remount(how: 'ro' | 'rw'): void;
}

/** Why there is none, for the runner's report. */
export type DiskOrReason = { readonly disk: SmallDisk; readonly why: '' } | { readonly disk: null; readonly why: string };

const BLOCKS = [1_048_576, 4_096, 512].map((size) => Buffer.alloc(size));

export function smallDisk(megabytes: number): DiskOrReason {
  if (process.getuid?.() !== 0) return { disk: null, why: 'only root may mount a small disk' };
  const dir = join(privateFolder(), 'disk');
  mkdirSync(dir);
  const mounted = run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'troupe-test', dir);
  if (mounted !== '') return { disk: null, why: `no small disk can be mounted here (${mounted})` };
  onTestFinished(() => void run('umount', '-l', dir));
  return { disk: diskAt(dir), why: '' };
}

function diskAt(dir: string): SmallDisk {
  return {
    dir,
    fill() {
      const file = join(dir, 'filler');
      const handle = openSync(file, 'w');
      for (const block of BLOCKS) while (fits(handle, block));
      closeSync(handle);
      return () => rmSync(file);
    },
    coverReadOnly() {
      must(run('mount', '--bind', dir, dir));
      must(run('mount', '-o', 'remount,bind,ro', dir));
      return () => must(run('umount', '-l', dir));
    },
    remount: (how) => must(run('mount', '-o', `remount,${how}`, dir)),
  };
}

function fits(handle: number, block: Buffer): boolean {
  try {
    return writeSync(handle, block) === block.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}

/** Empty when it went well. */
function run(program: string, ...args: readonly string[]): string {
  const { status, stderr, error } = spawnSync(program, [...args], { encoding: 'utf8' });
  return status === 0 ? '' : (error?.message ?? stderr.trim()) || 'failed';
}

function must(problem: string): void {
  if (problem !== '') throw new Error(problem);
}
