// The drill as people run it: the built program, on its own node.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findGiven } from '../../actors/session/owned-processes.ts';
import type { DrillReport } from '../../gateway/chaos/drill.ts';
import { patchedProduct } from '../faults/built-copy.ts';
import { LATE_COMMIT } from '../faults/planted-journal-bugs.ts';
import { type ChildProgram, startProgram } from '../support/child-program.ts';
import { count, LONG, SEED } from '../support/length.ts';
import { eventually, TROUPE } from '../support/node-process.ts';
import { privateFolder } from '../support/private-folder.ts';

const DURATION_S = count(15, 60);
const SETTLED_MS = 300_000;

interface Place {
  readonly temporary: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

function place(): Place {
  const temporary = join(privateFolder(), 't');
  mkdirSync(temporary);
  return { temporary, env: { ...process.env, TMPDIR: temporary } };
}

function chaos({ env, temporary }: Place, seed: number, durationS: number, program = TROUPE): ChildProgram {
  const child = startProgram(process.execPath, [program, 'chaos', '--json', '--seed', String(seed), '--duration', String(durationS)], { cwd: temporary, env });
  onTestFinished(() => {
    if (child.running()) child.signal('SIGTERM');
  });
  return child;
}

/** Files, mounts and processes of a drill. */
function leftBy({ temporary }: Place): readonly string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return [...readdirSync(temporary), ...mounts.filter((line) => line.includes(temporary)), ...findGiven(temporary).map(({ command }) => command)];
}

describe('troupe chaos', () => {
  it.each(LONG ? [7, SEED] : [7])('with seed %i loses nothing, doubles nothing, is late with nothing, and leaves nothing (G1, G2, G3, G4, G5, G6, G8)', async (seed) => {
    const at = place();
    const { code, stdout, stderr } = await chaos(at, seed, DURATION_S).ended(DURATION_S * 1_000 + SETTLED_MS);
    const report = JSON.parse(stdout) as DrillReport;
    const { lost, doubled, late, disordered, flaws } = report;
    expect({ lost, doubled, late, disordered, flaws, code }, stderr).toEqual({ lost: [], doubled: [], late: [], disordered: [], flaws: [], code: 0 });
    for (const { fault, times, missing } of report.faults) expect({ fault, struck: times > 0 }).toEqual({ fault, struck: missing === null });
    expect(report.counts.messages).toBeGreaterThan(100);
    expect(report.counts.kills).toBeGreaterThanOrEqual(5);
    expect(leftBy(at)).toEqual([]);
    console.log(JSON.stringify({ seed, ...report.counts, faults: Object.fromEntries(report.faults.map(({ fault, times, missing }) => [fault, missing ?? times])) }));
  });

  it('finds a journal that acknowledges before it has committed', async () => {
    const at = place();
    const { code, stdout } = await chaos(at, 7, 12, await patchedProduct(LATE_COMMIT.patches)).ended(SETTLED_MS);
    const report = JSON.parse(stdout) as DrillReport;
    expect(code).toBe(1);
    expect(report.lost.length).toBeGreaterThan(0);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('that is called off by %s takes everything away that it has begun', async (signal) => {
    const at = place();
    const child = chaos(at, 7, 60);
    await child.until(({ stderr }) => stderr().includes('node killed') || undefined, 60_000);
    child.signalGroup(signal);
    const { code, stderr } = await child.ended(60_000);
    expect({ code, said: stderr.trimEnd().split('\n').at(-1) }).toEqual({ code: 1, said: 'called off: nothing is left of it' });
    await eventually('nothing is left', () => leftBy(at).length === 0, 10_000);
  });
});
