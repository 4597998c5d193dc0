// npm run build: compiles the product into dist/, takes away what no source stands behind any more, and bundles the programs. Never empties dist/ first: a
// node may be running it.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePrograms } from './bundle.mjs';

const CLI = 'dist/gateway/cli/troupe.js';
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
for (const name of readdirSync('dist', { recursive: true })) {
  if (!name.startsWith('chunks/') && /\.(js|d\.ts)$/.test(name) && !existsSync(name.replace(/\.(js|d\.ts)$/, '.ts'))) rmSync(join('dist', name));
}
await bundlePrograms();
if (existsSync(CLI)) chmodSync(CLI, 0o755);
