// `chaos`: a failure drill on a private node. Exit 1 when anything was lost, doubled, late or otherwise wrong.
import { codedError } from '../../runtime/index.ts';
import { type Cli, note, say } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { onSignal } from './signals.ts';
import type { Verb } from './verb.ts';

const DURATION_S = 15;
const LONGEST_S = 3_600;

function wholeNumber(cli: Cli, option: string, fallback: number, most: number): number {
  const given = cli.options[option];
  if (given === undefined) return fallback;
  const value = Number(given);
  if (!/^\d+$/.test(String(given)) || value > most) throw codedError('InvalidInput', { problem: `--${option}: '${String(given)}' is no whole number from 0 to ${most}` });
  return value;
}

async function drill(cli: Cli): Promise<void> {
  const seed = wholeNumber(cli, 'seed', Math.floor(Math.random() * 1_000_000), 0xffff_ffff);
  const durationMs = 1_000 * wholeNumber(cli, 'duration', DURATION_S, LONGEST_S);
  // Loaded here: the other verbs start faster without it.
  const [{ runDrill }, { drillText, isWhole }] = await Promise.all([import('../chaos/drill.ts'), import('../chaos/drill-text.ts')]);
  const asked = new AbortController();
  const forget = onSignal((signal) => asked.abort(codedError('NodeStopped', { cause: signal })));
  try {
    const report = await runDrill({ seed, durationMs, clock: cli.clock, env: cli.env, signal: asked.signal, say: (text) => note(cli, text) });
    say(cli, report, () => drillText(report));
    if (!isWhole(report)) cli.exitCode = EXIT.failed;
  } catch (error) {
    if (!asked.signal.aborted) throw error;
    note(cli, 'called off: nothing is left of it');
    cli.exitCode = EXIT.failed;
  } finally {
    forget();
  }
}

export const CHAOS_VERB: Verb = {
  name: 'chaos',
  summary: 'a failure drill on a private node: kills, stops, locks and a full disk under load; says what was lost, doubled or late',
  options: [
    ['--seed <n>', 'which faults come when; the same seed gives the same order'],
    ['--duration <s>', `seconds of faults; default ${DURATION_S}`],
  ],
  example: 'troupe chaos --seed 7 --duration 15',
  run: drill,
};
