// npm run conformance: MCP's official conformance suite against a node of the sources as they are. Last line `server R/67 tasks T/9 as A/3`;
// exit 1 unless everything passed. Wants what `npm run build` builds: agents are processes of their own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripTypes } from './strip-types.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// Within the package, which the node looks for above its modules.
const into = mkdtempSync(join(root, 'dist', 'conformance-'));
try {
  stripTypes({ root, into, sources: ['runtime', 'supervisors', 'actors', 'transports', 'gateway', 'test/conformance', 'test/support/free-port.ts', 'test/support/browser.ts'] });
  const { status } = spawnSync(process.execPath, [join(into, 'test/conformance/main.js'), root], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(into, { recursive: true, force: true });
}
