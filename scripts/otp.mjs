// npm run otp -- [--seed N] [--runs M]: runs random supervision trees on Erlang/OTP's supervisor and on ours. Last line `scenarios M equal E different D`;
// exit 1 when any differs. Needs `erl` and `erlc` (Debian: erlang-base).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripTypes } from './strip-types.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const into = mkdtempSync(join(tmpdir(), 'troupe-otp-run-'));
try {
  stripTypes({ root, into, sources: ['runtime', 'supervisors', 'test/otp'] });
  const driver = ['--driver', join(root, 'test/otp/otp_driver.erl')];
  const { status } = spawnSync(process.execPath, [join(into, 'test/otp/main.js'), ...driver, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(into, { recursive: true, force: true });
}
