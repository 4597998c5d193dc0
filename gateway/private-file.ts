// Small files that only their owner may read, written whole or not at all.
import { randomUUID } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** No file of that name, or something above it is no folder. */
const NONE: readonly string[] = ['ENOENT', 'ENOTDIR'];

/** Undefined when there is none. */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (NONE.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Undefined when there is none or it is no JSON. */
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
