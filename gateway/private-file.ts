// Small files that only their owner may read, written whole or not at all.
import { randomUUID } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { codedError } from '../runtime/index.ts';

/** No file of that name, or something above it is no folder. */
const NONE: readonly string[] = ['ENOENT', 'ENOTDIR'];
/** What a person can mend. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EISDIR: 'is a folder: name a file in it',
  EACCES: 'may not be read by this user: do this as its owner, or name another place',
  EPERM: 'may not be read by this user: do this as its owner, or name another place',
};

/** Undefined when there is none. Throws `UnreadableFile`. */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (NONE.includes(code)) return undefined;
    const problem = PROBLEMS[code];
    throw problem === undefined ? error : codedError('UnreadableFile', { file, problem, cause: code });
  }
}

/** Undefined when there is none or it is no JSON. Throws `UnreadableFile`. */
export function readJson(file: string): unknown {
  const text = readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Mode 0600 from the first byte; readers see the old text or the new one. */
export function writePrivate(file: string, text: string): void {
  const draft = `${file}.${randomUUID().slice(0, 8)}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
}

export function makePrivate(path: string, mode: number): void {
  chmodSync(path, mode);
}
