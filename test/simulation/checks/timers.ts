// G5: a timer that was set and not taken back has rung once, not before its time, and late rather than never.
import { alarmsOf, type LeftBehind } from '../left.ts';
import type { Finished } from '../simulation.ts';
import type { Report } from './index.ts';

/** True time is not rounded, wall time is. */
const ROUNDING_MS = 1;

export function checkTimers({ time }: Finished, left: LeftBehind, report: Report): void {
  const { set, rung, unset } = alarmsOf(left);
  const unsetAt = new Map(unset.map(({ tag, at }) => [tag, at]));
  const known = new Set(set.map(({ tag }) => tag));
  for (const { tag } of rung) if (!known.has(tag)) report('G5', `${tag} rang, and was not set`);
  for (const { tag, at, stepped, delayMs } of set) {
    const rings = rung.filter((ring) => ring.tag === tag);
    const takenBack = unsetAt.get(tag);
    if (rings.length > 1) report('G5', `${tag} rang ${rings.length} times`);
    if (rings.length === 0 && takenBack === undefined) report('G5', `${tag} never rang`);
    const [ring] = rings;
    if (ring === undefined) continue;
    // A node that restores takes wall time's word for how long it was away.
    const gained = Math.max(0, time.furthest - stepped);
    if (ring.at + gained + ROUNDING_MS < at + delayMs) report('G5', `${tag} rang ${ring.at - at} ms after it was set for ${delayMs}`);
    if (takenBack !== undefined && takenBack > at && ring.at > takenBack) report('G5', `${tag} rang after it was taken back`);
  }
}
