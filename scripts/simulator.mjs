// The simulator as plain JavaScript in a folder of its own, with the kernel that it runs; on request with a kernel that is wrong on purpose.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { stripTypes } from './strip-types.mjs';

const SOURCES = ['runtime', 'supervisors', 'transports', 'test/simulation', 'test/support/length.ts'];

export function writeSimulator(root, into) {
  stripTypes({ root, into, sources: SOURCES });
}

/** A copy of what was written to `from`, some of its sources written anew with replacements. */
export function plantInto(root, from, into, replacements) {
  cpSync(from, into, { recursive: true, verbatimSymlinks: true });
  stripTypes({ root, into, sources: [...new Set(replacements.map(({ file }) => file))], replacements });
}

/** What to start node with. A run makes many short-lived objects: a larger nursery halves what collecting them costs. */
export function simulatorIn(into) {
  return ['--max-semi-space-size=16', join(into, 'test/simulation/main.js')];
}
