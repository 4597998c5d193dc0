// The suites of `npm test` as data, in the order they run: one after the other, since crash tests want the machine for themselves.
import { existsSync, readdirSync } from 'node:fs';

/** `built`: runs the built program. `minutes`: past these the suite is killed and counts as failed. */
const SUITES = [
  { name: 'check', minutes: 5, built: false },
  { name: 'unit', minutes: 5, built: false },
  { name: 'checks', minutes: 5, built: false },
  { name: 'integration', minutes: 10, built: true },
  { name: 'e2e', minutes: 12, built: true },
  { name: 'ledger', minutes: 15, built: true },
  { name: 'install', minutes: 10, built: true },
];

function hasTests({ name }) {
  if (name === 'check' || name === 'unit') return true;
  const folder = `test/${name}`;
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((file) => file.endsWith('.test.ts'));
}

/** A suite whose folder holds no test yet is not there. */
export function presentSuites() {
  return SUITES.filter(hasTests);
}
