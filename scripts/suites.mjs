// The suites of `npm test` as data, in the order they run: one suite after the other, and where crashes are timed one file after the other.
import { existsSync, readdirSync } from 'node:fs';

/** `built`: runs the built program. `minutes`: past these the suite is killed and counts as failed. `workers`: files that run at once. */
const SUITES = [
  { name: 'check', minutes: 5, built: false, workers: 1 },
  { name: 'unit', minutes: 5, built: false, workers: 2 },
  { name: 'checks', minutes: 8, built: false, workers: 1 },
  { name: 'otp', minutes: 5, built: false, workers: 1 },
  { name: 'consensus', minutes: 5, built: false, workers: 2 },
  { name: 'simulation', minutes: 10, built: false, workers: 2 },
  { name: 'oauth', minutes: 5, built: false, workers: 2 },
  { name: 'fuzz', minutes: 5, built: true, workers: 1 },
  { name: 'conformance', minutes: 6, built: true, workers: 1 },
  { name: 'clients', minutes: 6, built: true, workers: 1 },
  { name: 'browser', minutes: 5, built: false, workers: 1 },
  { name: 'integration', minutes: 10, built: true, workers: 2 },
  { name: 'e2e', minutes: 12, built: true, workers: 2 },
  { name: 'ledger', minutes: 15, built: true, workers: 1 },
  { name: 'faults', minutes: 8, built: true, workers: 2 },
  { name: 'chaos', minutes: 8, built: true, workers: 1 },
  { name: 'install', minutes: 10, built: true, workers: 1 },
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
