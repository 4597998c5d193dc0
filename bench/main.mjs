// npm run bench: measures the built program against its peers, in one run, as ratios.
//   npm run bench -- [--json] [--smoke] [--group kernel|gate|doors|wire|agents] [--row ID]    `--row restart` is all rows `restart.…`
// `--smoke` only sees whether each row still runs: with the smallest counts, and no figures.
// Exits 0 when everything could be measured, met or not: a number is news, not a failure. A peer that is not installed leaves its rows
// out, with the reason. 1 when a measurement failed, 2 for a wrong word.
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isSmoke } from './extent.mjs';
import { rowLeftOut, rowResult } from './row-result.mjs';
import { GROUPS, MEASUREMENTS } from './rows.mjs';
import { tableText } from './table.mjs';

const PROGRAM = 'dist/gateway/cli/troupe.js';

function refuse(problem) {
  console.error(problem);
  process.exit(2);
}

function readWords() {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false }, smoke: { type: 'boolean' }, group: { type: 'string' }, row: { type: 'string' } } }).values;
  } catch (error) {
    return refuse(`${error.message}\nusage: npm run bench -- [--json] [--smoke] [--group ${GROUPS.join('|')}] [--row ID]`);
  }
}

/** The measurements that were asked for, each with the rows that were asked for. */
function chosen({ group, row }) {
  if (group !== undefined && !GROUPS.includes(group)) refuse(`no group '${group}': ${GROUPS.join(', ')}`);
  const ids = MEASUREMENTS.flatMap(({ rows }) => rows.map(({ id }) => id));
  const wanted = (id) => row === undefined || id === row || (!ids.includes(row) && id.startsWith(`${row}.`));
  if (!ids.some(wanted)) refuse(`no row '${row}': ${ids.join(', ')}`);
  return MEASUREMENTS.filter((measurement) => group === undefined || measurement.group === group)
    .map((measurement) => ({ ...measurement, rows: measurement.rows.filter(({ id }) => wanted(id)) }))
    .filter(({ rows }) => rows.length > 0);
}

function samplesOf({ rows }) {
  const [{ id }] = rows;
  return new Promise((resolve, reject) => {
    const child = fork(new URL('measure.mjs', import.meta.url), [id], { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let samples;
    child.on('message', (sent) => {
      samples = sent;
    });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 && samples !== undefined ? resolve(samples) : reject(new Error(`${id} could not be measured (exit ${code})`))));
  });
}

function textOf(results) {
  if (isSmoke) return results.map(({ id, notMeasured }) => `${id} ${notMeasured === undefined ? 'runs' : `not measured: ${notMeasured}`}`).join('\n');
  return words.json ? JSON.stringify({ rows: results }, null, 2) : tableText(results);
}

const words = readWords();
const measurements = chosen(words);
if (!existsSync(PROGRAM)) refuse(`${PROGRAM} is not there: run npm run build`);
const results = [];
for (const measurement of measurements) {
  const ids = measurement.rows.map(({ id }) => id).join(', ');
  console.error(`measuring ${ids}`);
  try {
    const samples = await samplesOf(measurement);
    if (samples.notMeasured !== undefined) console.error(`${ids}: not measured: ${samples.notMeasured}`);
    results.push(...measurement.rows.map((row) => (samples.notMeasured === undefined ? rowResult(row, samples[row.id]) : rowLeftOut(row, samples.notMeasured))));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
console.log(textOf(results));
