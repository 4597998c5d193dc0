// Folders that belong to one test and go with it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Gone when the running test ends. */
export function privateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
