// The simulator as a program: runs seeds, says what was violated, and shows the trace of a run.
import { parseArgs } from 'node:util';
import { simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    /** End with the first run that violates something. */
    first: { type: 'boolean', default: false },
  },
});
if (!/^\d+$/.test(values.seed) || !/^\d+$/.test(values.runs)) {
  console.error('--seed and --runs are whole numbers');
  process.exit(2);
}

let violations = 0;
let runs = 0;
for (const first = Number(values.seed); runs < Number(values.runs) && !(values.first && violations > 0); runs += 1) {
  const { seed, violations: found, trace, hash } = await simulate(first + runs);
  violations += found.length;
  if (values.trace || found.length > 0) console.log(trace.join('\n'));
  for (const { guarantee, what } of found) console.log(`seed ${seed} violates ${guarantee}: ${what}`);
  if (values.trace) console.log(`seed ${seed} trace ${hash}`);
}
// Left at once: Node 20 may wait for ever for its own threads at the end of what it has to do (nodejs/node#54918).
process.stdout.write(`runs ${runs} violations ${violations}\n`, () => process.exit(violations === 0 ? 0 : 1));
