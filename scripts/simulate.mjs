// npm run simulate -- [--seed N] [--runs M] [--trace] [--first]: runs whole nodes of the kernel on seeds, with simulated disk, network, time and
// crashes. Last line `runs M violations V`; exit 1 when something was violated.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simulatorIn, writeSimulator } from './simulator.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const into = mkdtempSync(join(tmpdir(), 'troupe-simulate-'));
try {
  writeSimulator(root, into);
  const { status } = spawnSync(process.execPath, [...simulatorIn(into), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(into, { recursive: true, force: true });
}
