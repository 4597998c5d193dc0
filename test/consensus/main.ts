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
console.log('nothing is violated');
