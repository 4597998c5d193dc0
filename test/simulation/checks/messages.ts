// G1, G2, G7: what was accepted acted once, or is a dead letter of a reason that fits. What was answered is what was done.
import { type DeadLetterLeft, doneOf, type LeftBehind, logOf, relayedOf } from '../left.ts';
import type { Finished } from '../simulation.ts';
import type { Telling } from '../told.ts';
import type { Report } from './index.ts';

/** The reasons for which a message of a type may end as a dead letter, besides acting. */
const MAY_DIE: Readonly<Record<string, readonly string[]>> = { brief: ['expired'], doubted: ['cancelled'] };
/** Those that never act. */
const MUST_DIE: Readonly<Record<string, string>> = { poison: 'poisoned', cursed: 'poisoned', huh: 'unhandled' };

export function checkMessages(run: Finished, left: LeftBehind, report: Report): void {
  const dead = new Map<string, DeadLetterLeft[]>();
  for (const letter of left.deadLetters) dead.set(letter.tag, [...(dead.get(letter.tag) ?? []), letter]);
  for (const telling of run.told.all.values()) checkOne(run, telling, left, dead.get(telling.tag) ?? [], report);
  checkDerived(run, left, report);
}

function checkOne(run: Finished, telling: Telling, left: LeftBehind, letters: readonly DeadLetterLeft[], report: Report): void {
  const { tag, command } = telling;
  const kind = tag.slice(0, tag.indexOf('-'));
  const acted = logOf(left, command.to).filter((entry) => entry === tag).length;
  const owed = run.told.isOwed(telling);
  if (kind === 'abandon') return;
  if (acted > 1) report('G2', `${tag} acted ${acted} times at ${command.to}`);
  const must = MUST_DIE[kind];
  if (must !== undefined) {
    if (acted > 0) report('G2', `${tag} acted though it is ${must}`);
    if (letters.length > 1) report('G2', `${tag} is ${letters.length} dead letters`);
    if (owed && letters.length === 0) report(kind === 'poison' ? 'G7' : 'G1', `${tag} was accepted and is no dead letter`);
  } else if (owed && acted === 0 && letters.length === 0) {
    report('G1', `${tag} was accepted, and neither acted at ${command.to} nor is it a dead letter`);
  }
  checkLetters(
    tag,
    kind,
    acted,
    letters.filter(({ to }) => to !== 'mirror' && (!to.startsWith('crew/') || !firedOf(run).has(tag))),
    report,
  );
  checkAnswers(telling, left, report);
}

function checkLetters(tag: string, kind: string, acted: number, letters: readonly DeadLetterLeft[], report: Report): void {
  for (const { reason, to } of letters) {
    const fits = reason === MUST_DIE[kind] || (MAY_DIE[kind] ?? []).includes(reason);
    if (!fits) report(reason === 'poisoned' ? 'G7' : 'G1', `${tag} for ${to} is a dead letter: ${reason}`);
    // What was cancelled when it had acted is refused when it comes once more.
    else if (acted > 0 && reason !== 'cancelled') report('G2', `${tag} acted, and is a dead letter: ${reason}`);
  }
}

/** Work for hands that were let go is nobody's. */
function firedOf({ told }: Finished): ReadonlySet<unknown> {
  return new Set([...told.all.values()].filter(({ tag }) => tag.startsWith('fire-')).map(({ command }) => command.message.what));
}

/** Whoever was answered was told the truth, and the same each time. */
function checkAnswers({ tag, command, answers, refusals }: Telling, left: LeftBehind, report: Report): void {
  for (const code of refusals) if (!tag.startsWith('cursed-') || code !== 'InvalidMessage') report('G1', `${tag} for ${command.to} was refused: ${code}`);
  const place = logOf(left, command.to).indexOf(tag) + 1;
  for (const { value } of answers) {
    const said = (value as { place?: number } | null)?.place;
    if (said !== place) report('G2', `${tag} was answered ${JSON.stringify(value)}, and is in place ${place}`);
  }
}

/** What actors told each other: nothing is missing, nothing is there twice, nothing was seen that never was. */
function checkDerived(run: Finished, left: LeftBehind, report: Report): void {
  const { world } = run;
  const ledger = logOf(left, 'ledger');
  const counts = new Map<string, number>();
  for (const entry of ledger) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  const once = (entry: string, why: string): void => {
    if (counts.get(entry) !== 1) report(counts.has(entry) ? 'G2' : 'G1', `${entry} is ${counts.get(entry) ?? 0} times in the ledger, though ${why}`);
  };
  for (const [lane, passed] of Object.entries(relayedOf(left).passed)) for (let n = 1; n <= passed; n += 1) once(`relay-${lane}-${n}`, `${passed} were passed on`);
  for (let n = 1; n <= logOf(left, 'counter').length; n += 1) once(`counter-${n}`, 'it was counted');
  for (const entry of logOf(left, 'alarm')) if (entry.startsWith('pass-')) once(`passed-${entry}`, 'it was to be passed on later');
  const fired = firedOf(run);
  for (const entry of logOf(left, 'boss')) if (entry.startsWith('hire-') && !fired.has(entry)) once(`hand-${entry}`, 'it was hired');
  for (const [entry, times] of counts) if (times > 1) report('G2', `${entry} is ${times} times in the ledger`);
  // What a run said before it began was accepted, but for a disk that lied: then the world alone still knows of that run.
  const forgotten = new Set(world.runs.filter((run) => run.forgotten).map(({ number }) => number));
  for (const address of ['doer-a', 'doer-b'])
    for (const { tag, run } of doneOf(left, address).ends) if (run !== null && !forgotten.has(run)) once(`begun-${tag}`, `${tag} was done`);
  if (left.children.length > 0) report('rest', `children are left: ${left.children.join(' ')}`);
  const seen = new Map<string, number>();
  for (const { key } of world.seen) seen.set(key, (seen.get(key) ?? 0) + 1);
  for (const [key, times] of seen)
    if (times > (counts.get(key) ?? 0) && !world.lost) report('G1', `${key} was shown ${times} times, and acted ${counts.get(key) ?? 0} times: it left before its commit`);
}
