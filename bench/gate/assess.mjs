// Assessments of the shell commands of the labelled sample, one core, against the bare parser on the same texts. The parser reads words and
// substitutions only when they are looked at: it has parsed a text when each node of its tree was visited. The facts are given: there are none.
import { readFileSync } from 'node:fs';
import { forEachChild, parse } from 'unbash';
import { loadGrammars } from '../../dist/actors/gate/grammars.js';
import { assessRisk } from '../../dist/actors/gate/index.js';
import { sized } from '../extent.mjs';
import { quantile } from '../row-result.mjs';
import { coreRate, interleave, PAIRS } from '../sampling.mjs';
import { DEAR } from './dear-texts.mjs';

const SAMPLE = new URL('../../test/gate/sample/bash.jsonl', import.meta.url);
const FACTS = { surroundings: { workspace: '/workspace', deployRoot: '/deployments', healthUrl: 'http://127.0.0.1:5001/health' } };
/** A person's or an agent's command; the cases that are long on purpose are not. */
const TYPICAL = 400;
const ROUNDS = sized(60, 1);

function payloads() {
  const cases = readFileSync(SAMPLE, 'utf8').trim().split('\n');
  return cases.map((line) => JSON.parse(line).payload).filter(({ command }) => command.length < TYPICAL);
}

/** Parses what stands in the tree. */
function visit(node) {
  forEachChild(node, visit);
}

/** Milliseconds of each assessment, one by one. */
function latencies(actions) {
  return actions.map((action) => {
    const from = performance.now();
    assessRisk(action, FACTS);
    return performance.now() - from;
  });
}

export async function assess() {
  const commands = payloads();
  const actions = commands.map((payload) => ({ type: 'BASH_COMMAND', payload }));
  const times = (run) => (count) => {
    for (let round = 0; round < count / commands.length; round += 1) for (let at = 0; at < commands.length; at += 1) run(at);
  };
  const count = ROUNDS * commands.length;
  const samples = await interleave({
    ours: () =>
      coreRate(
        count,
        times((at) => assessRisk(actions[at], FACTS)),
      ),
    peer: () =>
      coreRate(
        count,
        times((at) => visit(parse(commands[at].command))),
      ),
  });
  const p99 = Array.from({ length: PAIRS }, () => quantile(Array.from({ length: 10 }, () => latencies(actions)).flat(), 0.99));
  return { assess: samples, 'assess.p99': { ours: p99 } };
}

/** Milliseconds of processor time that the dearest of them takes. */
export async function worst() {
  const grammars = await loadGrammars({ grammars: new Set(['postgres', 'sqlite']) });
  const once = (action) => {
    const from = process.cpuUsage();
    assessRisk(action, FACTS, grammars);
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1_000;
  };
  return { 'assess.worst': { ours: Array.from({ length: PAIRS }, () => Math.max(...DEAR.map(once))) } };
}
