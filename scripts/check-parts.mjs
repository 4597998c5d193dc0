// The parts of `npm run check` as data, longest first since two run at once.
import { runSideBySide } from './commands.mjs';

const UNIT = { name: 'unit tests', command: 'node_modules/.bin/vitest run --project unit --maxWorkers=2 --reporter=dot' };

/** What looks at the source without running it. `npm test` counts these one by one and the unit tests by themselves. */
export const STATIC_PARTS = [
  // Declarations have errors of their own (TS4058), which --noEmit does not see and `npm ci` would meet.
  {
    name: 'build',
    command: 'node_modules/.bin/tsc -p tsconfig.build.json --outDir node_modules/.cache/troupe-build --tsBuildInfoFile node_modules/.cache/troupe-build/.tsbuildinfo',
  },
  { name: 'types', command: 'node_modules/.bin/tsc -p tsconfig.json --noEmit' },
  { name: 'layers', command: 'node scripts/layers.mjs' },
  { name: 'dead code', command: 'node_modules/.bin/knip' },
  { name: 'rules', command: 'node scripts/rules.mjs' },
  { name: 'style', command: 'node_modules/.bin/biome check --error-on-warnings --max-diagnostics=20 .' },
];

export const CHECK_PARTS = [UNIT, ...STATIC_PARTS];

/** Runs parts two at a time; a failed one shows its output. */
export function runParts(parts) {
  return runSideBySide(parts, 2, ({ name, ok, output }) => {
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
    if (!ok) console.log(output.trimEnd());
  });
}
