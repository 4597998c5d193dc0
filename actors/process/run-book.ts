// Which runs a target is to have, on the disk: what is not in its book is ended, what is in it is found again or started. Changed whole, or not at all.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { codedError } from '../../runtime/index.ts';
import type { Run } from './process-target.ts';

const RunSchema = z.strictObject({ id: z.string().min(1), target: z.string().min(1), version: z.string().min(1), port: z.int().nullable() });
const Book = z.strictObject({ next: z.int().positive(), runs: z.array(RunSchema).readonly() });
const Trace = z.strictObject({ pid: z.int().positive(), startTime: z.int().nonnegative(), print: z.string(), startedAt: z.number() });

export type RunBook = z.infer<typeof Book>;
/** What was started for a run. */
export type RunTrace = z.infer<typeof Trace>;

const BOOK_FILE = 'runs.json';
const TRACE_FILE = 'process.json';

export const targetFolder = (root: string, target: string): string => join(root, target);
/** The run's own: its home and its temporary files. Whatever was started for it is known by it. */
export const runFolder = (root: string, { target, id }: Pick<Run, 'target' | 'id'>): string => join(root, target, id);

/** Empty when nothing ever ran there. Throws `JournalCorrupt` when it cannot be read: what is not known to be unwanted is not ended. */
export function readBook(root: string, target: string): RunBook {
  const file = join(targetFolder(root, target), BOOK_FILE);
  if (!existsSync(file)) return { next: 1, runs: [] };
  try {
    return Book.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const { code = 'it is no book of runs' } = error as NodeJS.ErrnoException;
    throw codedError('JournalCorrupt', { file, problem: `cannot be read (${code}); move it away, and what runs for '${target}' is ended, to come again with its next deployment` });
  }
}

export function writeBook(root: string, target: string, book: RunBook): void {
  const folder = targetFolder(root, target);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeWhole(join(folder, BOOK_FILE), book);
}

/** Undefined when nobody knows of one: then it is found by its folder. */
export function readTrace(root: string, run: Run): RunTrace | undefined {
  try {
    return Trace.parse(JSON.parse(readFileSync(join(runFolder(root, run), TRACE_FILE), 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeTrace(root: string, run: Run, trace: RunTrace): void {
  writeWhole(join(runFolder(root, run), TRACE_FILE), trace);
}

/** Of earlier runs and of this one. */
export function runFolders(root: string, target: string): readonly string[] {
  return foldersIn(targetFolder(root, target));
}

export function targetsIn(root: string): readonly string[] {
  return foldersIn(root);
}

export function removeRunFolder(root: string, run: Pick<Run, 'target' | 'id'>): void {
  rmSync(runFolder(root, run), { recursive: true, force: true });
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}

function writeWhole(file: string, value: unknown): void {
  const unfinished = `${file}.tmp`;
  const handle = openSync(unfinished, 'w', 0o600);
  try {
    writeFileSync(handle, `${JSON.stringify(value)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(unfinished, file);
}
