// Explores rounds in a process of its own: for a copy of the sources in which something is wrong on purpose. Prints what is violated first.
import { exploreRound, setups } from './exploration.ts';

const MOST_VOTERS = 3;

for (let count = 1; count <= MOST_VOTERS; count += 1) {
  for (const setup of setups(count, count < MOST_VOTERS)) {
    const [violation] = exploreRound(setup).violations;
    if (violation === undefined) continue;
    console.log(`${JSON.stringify(setup)} ${violation}`);
    process.exit(1);
  }
}
// Left at once: Node 20 may wait for ever for its own threads at the end of what it has to do (nodejs/node#54918).
process.stdout.write('nothing is violated\n', () => process.exit(0));
