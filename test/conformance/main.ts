// npm run conformance: the official suite against a running node. Each scenario is a line, what failed below it; the last line counts.
// Exit 1 unless everything passed.
import { runConformance } from './run.ts';

const { scenarios, lastLine } = await runConformance(process.argv[2] ?? process.cwd());
for (const { name, revision, kind, passed, problems } of scenarios) {
  console.log(`${passed ? 'pass' : 'FAIL'}  ${revision}  ${kind.padEnd(13)}  ${name}`);
  for (const problem of problems) console.log(`      ${problem}`);
}
console.log(lastLine);
process.exitCode = scenarios.every(({ passed }) => passed) ? 0 : 1;
