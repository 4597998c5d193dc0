// One measurement in a process of its own: forked by main with the id of a row, sends back the samples of all rows measured with it.
import { MEASUREMENTS } from './rows.mjs';

const { rows, load } = MEASUREMENTS.find(({ rows }) => rows.some(({ id }) => id === process.argv[2]));
const measure = await load();
const samples = await measure();
const [first] = rows;
process.send(first.id in samples ? samples : { [first.id]: samples }, () => process.disconnect());
