// npm run check [-- part…]: style, types, layers, dead code, rules of the house, unit tests. Exit 1 when any part fails.
import { CHECK_PARTS, runParts } from './check-parts.mjs';

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !CHECK_PARTS.some((part) => part.name === name));
if (unknown !== undefined) {
  console.error(`no part '${unknown}'; there are: ${CHECK_PARTS.map((part) => part.name).join(', ')}`);
  process.exit(2);
}
const startedAt = performance.now();
const results = await runParts(wanted.length === 0 ? CHECK_PARTS : CHECK_PARTS.filter((part) => wanted.includes(part.name)));
const line = (name, seconds, outcome) => console.log(`${name.padEnd(12)}${seconds.toFixed(1).padStart(8)} s  ${outcome}`);
console.log('');
for (const { name, ok, seconds } of results) line(name, seconds, ok ? 'ok' : 'FAILED');
line('together', (performance.now() - startedAt) / 1000, results.every(({ ok }) => ok) ? 'ok' : 'FAILED');
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
