// G3: what was sent after another was accepted acts after it, to one receiver within one priority. And control: what was cancelled stays so.
import { type LeftBehind, logOf } from '../left.ts';
import type { Finished } from '../simulation.ts';
import type { Telling } from '../told.ts';
import type { Report } from './index.ts';

export function checkOrder({ told, world }: Finished, left: LeftBehind, report: Report): void {
  const byLane = new Map<string, Telling[]>();
  for (const telling of told.all.values()) {
    const lane = laneOf(telling);
    byLane.set(lane, [...(byLane.get(lane) ?? []), telling]);
  }
  for (const [lane, tellings] of byLane) checkLane(lane, tellings, left, report);
  checkRelayed(left, report);
  checkCancelled([...told.all.values()], left, world.lost, report);
}

/** Who waits for a change of state lets others pass: notes and the words that open and close are lanes of their own. */
function laneOf({ command }: Telling): string {
  const { to, message, priority = 'normal' } = command;
  const waits = ['NOTE', 'DO', 'WAIT'].includes(message.type) ? ' waits' : '';
  return `${to} ${priority}${waits}`;
}

/** A postponed message is offered again before those that came behind it. */
function checkLane(lane: string, tellings: readonly Telling[], left: LeftBehind, report: Report): void {
  const log = logOf(left, tellings[0]?.command.to ?? '');
  const acted = tellings.filter(({ tag }) => log.includes(tag)).sort((a, b) => log.indexOf(a.tag) - log.indexOf(b.tag));
  for (const [place, late] of acted.entries()) {
    const early = acted.slice(0, place).find(({ sent }) => late.accepted !== undefined && !late.forgotten && late.accepted < sent);
    if (early !== undefined) report('G3', `${lane}: ${early.tag} acted before ${late.tag}, which had been accepted when it was sent`);
  }
}

/** Lanes of a durable sender: in the order of its steps. */
function checkRelayed(left: LeftBehind, report: Report): void {
  const last = new Map<string, number>();
  for (const entry of logOf(left, 'ledger')) {
    const [, lane, number] = /^(relay-high|relay-normal|relay-low|counter)-(\d+)$/.exec(entry) ?? [];
    if (lane === undefined) continue;
    if (Number(number) < (last.get(lane) ?? 0)) report('G3', `${entry} acted after ${lane}-${last.get(lane)}`);
    last.set(lane, Number(number));
  }
}

function checkCancelled(tellings: readonly Telling[], left: LeftBehind, lost: boolean, report: Report): void {
  const log = logOf(left, 'ledger');
  for (const { command, tag, accepted } of tellings) {
    if (command.about === undefined) continue;
    const cancelled = log.indexOf(tag);
    const meant = log.indexOf(command.about);
    if (cancelled >= 0 && meant > cancelled) report('G2', `${command.about} acted after it had been cancelled by ${tag}`);
    if (cancelled < 0 && accepted !== undefined && !lost) report('G1', `${tag} was accepted and has not acted`);
  }
}
