// npm run test:long -- [suite…] [--minutes N] [--seed S]: the same suites with long counts and, unless a seed is named, random seeds.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string' }, install: { type: 'boolean', default: false } },
});
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
if (!/^\d+$/.test(values.minutes) || !/^\d+$/.test(seed)) {
  console.error('--minutes and --seed are whole numbers');
  process.exit(2);
}
console.log(`seed ${seed}, ${values.minutes} minutes`);
const env = { ...process.env, TROUPE_TEST_LONG: '1', TROUPE_TEST_SEED: seed, TROUPE_TEST_MINUTES: values.minutes };
const { status } = spawnSync(process.execPath, ['scripts/test.mjs', ...positionals, ...(values.install ? ['--install'] : [])], { stdio: 'inherit', env });
console.log(`seed ${seed}`);
process.exit(status ?? 1);
