// G4, G8: each job that was taken has one end, which is what the world knows of it; what may not be repeated ran once, and no result of an
// earlier run counts when a later one has begun.
import { doneOf, type LeftBehind } from '../left.ts';
import type { Finished } from '../simulation.ts';
import type { Run } from '../world.ts';
import type { Report } from './index.ts';

export function checkEffects({ world }: Finished, left: LeftBehind, report: Report): void {
  const byTag = new Map<string, Run[]>();
  for (const run of world.runs) byTag.set(run.tag, [...(byTag.get(run.tag) ?? []), run]);
  for (const [tag, runs] of byTag) checkRuns(tag, runs, report);
  for (const address of ['doer-a', 'doer-b']) {
    const { log, ends } = doneOf(left, address);
    for (const tag of log)
      checkEnds(
        tag,
        ends.filter((end) => end.tag === tag),
        byTag.get(tag) ?? [],
        left,
        report,
      );
  }
}

function checkRuns(tag: string, all: readonly Run[], report: Report): void {
  const runs = all.filter(({ forgotten }) => !forgotten);
  const keys = new Set(runs.map(({ key }) => key));
  if (keys.size > 1) report('G4', `${tag} ran under ${keys.size} keys: ${[...keys].join(' ')}`);
  const [first] = runs;
  if (first?.idempotent === false && runs.length > 1) report('G4', `${tag} may not be repeated, and ran ${runs.length} times`);
}

function checkEnds(tag: string, ends: ReturnType<typeof doneOf>['ends'], all: readonly Run[], left: LeftBehind, report: Report): void {
  const [end] = ends;
  if (end === undefined || ends.length > 1) {
    report('G4', `${tag} has ${ends.length} ends: ${JSON.stringify(ends)}`);
    return;
  }
  const runs = all.filter(({ forgotten }) => !forgotten);
  if (end.end === 'done') {
    const run = all.find(({ number }) => number === end.run);
    if (run?.state !== 'done') report('G4', `${tag} is done by run ${end.run}, which is ${run?.state ?? 'none'}`);
    // A run that a zombie began meanwhile is none: its node may write nothing more.
    const newer = runs.find(
      ({ number, epoch, key, nodeEpoch }) =>
        run !== undefined && key === run.key && number > run.number && (nodeEpoch > run.nodeEpoch || (nodeEpoch === run.nodeEpoch && epoch > run.epoch)),
    );
    if (newer !== undefined) report('G8', `${tag} was ended by run ${run?.number} of epoch ${run?.epoch}, after run ${newer.number} of epoch ${newer.epoch} had begun`);
  }
  if (end.end === 'interrupted' && runs.some(({ idempotent }) => idempotent)) report('G4', `${tag} may be repeated, and is interrupted`);
  if (end.end === 'abandoned' && runs.some(({ key }) => !left.outcomes.has(key))) report('G4', `${tag} was abandoned, and nothing is written of what became of it`);
}
