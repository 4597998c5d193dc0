// Bundles each program that is started as a process, over its compiled module in dist/: one file instead of hundreds halves what a
// start costs, and ten agent hosts start beside each other. Modules that programs share, or load late, are chunks. Whoever imports the
// package gets the compiled modules.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const PROGRAMS = ['gateway/cli/troupe', 'gateway/demo/main', 'actors/session/host/main', 'actors/gate/execute/query-program'];
/** These load machine code from beside themselves. */
const NATIVE = ['better-sqlite3', 'libpg-query', 'node-pty'];
const CHUNKS = 'dist/chunks';
/** A node that was started before this build may still load a chunk of its own. */
const KEPT_MS = 24 * 3_600_000;

export async function bundlePrograms() {
  const bundle = await rolldown({
    input: Object.fromEntries(PROGRAMS.map((program) => [program, `${program}.ts`])),
    platform: 'node',
    external: NATIVE,
    tsconfig: false,
    checks: { eval: false },
  });
  const { output } = await bundle.write({ dir: 'dist', format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' });
  await bundle.close();
  const written = new Set(output.map(({ fileName }) => join('dist', fileName)));
  for (const name of readdirSync(CHUNKS)) {
    const file = join(CHUNKS, name);
    if (!written.has(file) && Date.now() - statSync(file).mtimeMs > KEPT_MS) rmSync(file);
  }
}
