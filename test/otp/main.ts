// The comparison with Erlang as a program: what differs, as scripts, and how many did.
import { parseArgs } from 'node:util';
import { OtpSample } from './differential.ts';

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '500' }, driver: { type: 'string' } } });
if (!/^\d+$/.test(values.seed) || !/^[1-9]\d*$/.test(values.runs)) {
  console.error('--seed and --runs are whole numbers, and at least one run');
  process.exit(2);
}
const runs = Number(values.runs);
const sample = await OtpSample.draw({ seed: Number(values.seed), runs, ...(values.driver === undefined ? {} : { driver: values.driver }) });
const differences = await sample.differences();
for (const { number, text } of differences) console.log(`scenario ${number} of seed ${values.seed} differs:\n${text}\n`);
// Left at once: Node 20 may wait for ever for its own threads at the end of what it has to do (nodejs/node#54918).
process.stdout.write(`scenarios ${runs} equal ${runs - differences.length} different ${differences.length}\n`, () => process.exit(differences.length === 0 ? 0 : 1));
