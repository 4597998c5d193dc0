// npm run conformance: the official suite against a running node. Each scenario is a line, what failed below it; the last line counts.
// Exit 1 unless everything passed.
import { runConformance } from './run.ts';

const { scenarios, lastLine } = await runConformance(process.argv[2] ?? process.cwd());
for (const { name, revision, kind, passed, problems } of scenarios) {
  console.log(`${passed ? 'pass' : 'FAIL'}  ${revision}  ${kind.padEnd(13)}  ${name}`);
  for (const problem of problems) console.log(`      ${problem}`);
}
// Left at once: Node 20 may wait for ever for its own threads at the end of what it has to do (nodejs/node#54918).
process.stdout.write(`${lastLine}\n`, () => process.exit(scenarios.every(({ passed }) => passed) ? 0 : 1));
