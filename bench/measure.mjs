// One measurement in a process of its own: forked by main with the id of a row, sends back the samples of all rows measured with it.
import { NotMeasured } from './not-measured.mjs';
import { MEASUREMENTS } from './rows.mjs';

const { rows, load } = MEASUREMENTS.find(({ rows }) => rows.some(({ id }) => id === process.argv[2]));
const measure = await load();
const [first] = rows;

async function samples() {
  try {
    const taken = await measure();
    return first.id in taken ? taken : { [first.id]: taken };
  } catch (error) {
    if (error instanceof NotMeasured) return { notMeasured: error.message };
    throw error;
  }
}

process.send(await samples(), () => process.exit(0));
