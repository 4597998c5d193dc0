// G6, G7: who dies is replaced, within the bounds of its supervisor; nobody dies of another's poison; attempts are counted on disk.
import type { LeftBehind } from '../left.ts';
import type { Finished } from '../simulation.ts';
import type { Report } from './index.ts';

const BOUNDS: Readonly<Record<string, { readonly intensity: number; readonly periodMs: number }>> = {
  '': { intensity: 6, periodMs: 1_000 },
  crew: { intensity: 6, periodMs: 1_000 },
  ward: { intensity: 2, periodMs: 500 },
};
const MOST_POISON = 3;
/** The actor's own. */
const OWN_POISON = 'crash: planned: poison';
/** A hand from outside, or a disk that could not be read. */
const OF_OTHERS = /^crash: (crashed on demand|planned: \w)/;

export function checkSupervision(run: Finished, left: LeftBehind, report: Report): void {
  checkCrashes(run, left, report);
  checkAttempts(run, report);
  checkBounds(run, report);
}

/** Only an actor's own poison, or a hand from outside, makes it crash. */
function checkCrashes({ observed, world }: Finished, { deadLetters }: LeftBehind, report: Report): void {
  const crashes = new Map<string, number>();
  for (const { address, reason } of observed.exits) {
    if (reason === OWN_POISON) crashes.set(address, (crashes.get(address) ?? 0) + 1);
    else if (reason.startsWith('crash') && !OF_OTHERS.test(reason)) report('G7', `${address} crashed: ${reason}`);
  }
  for (const [address, count] of crashes) {
    const poisoned = deadLetters.filter(({ reason, to }) => reason === 'poisoned' && to === address).length;
    if (!world.lost && count > Math.floor(poisoned / MOST_POISON)) report('G7', `${address} crashed ${count} times of ${poisoned} poisoned messages`);
  }
}

/** An attempt that was committed is not made again, nor a fourth. */
function checkAttempts({ observed, world }: Finished, report: Report): void {
  if (world.lost) return;
  const counted = new Map<string, number>();
  // A node that was replaced tells of its last commits while the next one runs: they came before all of that.
  for (const { address, tag, attempts } of [...observed.attempts].sort((a, b) => a.life - b.life)) {
    // Of a batch that cannot be written an attempt is told before it is.
    if (tag === null || tag.startsWith('cursed-')) continue;
    const before = counted.get(tag) ?? 0;
    if (attempts <= before) report('G7', `attempt ${attempts} of ${tag} at ${address} was committed, and made again`);
    counted.set(tag, Math.max(before, attempts));
  }
}

/** Whoever loses more than it may restart gives up. */
function checkBounds({ observed }: Finished, report: Report): void {
  for (const [supervisor, { intensity, periodMs }] of Object.entries(BOUNDS)) {
    let losses: number[] = [];
    let life = 0;
    for (const seen of observed.supervised.filter((each) => each.supervisor === supervisor)) {
      if (seen.what !== 'loses' || seen.life !== life) losses = [];
      life = seen.life;
      if (seen.what !== 'loses') continue;
      losses = [...losses.filter((at) => seen.at - at < periodMs), seen.at];
      if (losses.length > intensity + 1) report('G6', `'${supervisor}' lost ${losses.length} children within ${periodMs} ms and goes on, though ${intensity} restarts are allowed`);
    }
  }
}
