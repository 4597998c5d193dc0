// Our supervisors against Erlang/OTP's, scenario by scenario; and faults of ours that this comparison must see.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stripTypes } from '../../scripts/strip-types.mjs';
import { count, SEED } from '../support/length.ts';
import { OtpSample } from './differential.ts';
import { PLANTED_SUPERVISOR_BUGS } from './planted-supervisor-bugs.ts';
import type { Scenario } from './scenario.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RUNS = count(500, 2_000);
let sample: OtpSample;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'troupe-otp-planted-'));
  stripTypes({ root: ROOT, into: join(scratch, 'kernel'), sources: ['runtime'] });
  sample = await OtpSample.draw({ seed: SEED, runs: RUNS });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe(`${RUNS} random trees and scripts`, () => {
  it('lead to the same history on OTP and on ours: starts, ends, reasons, answers, tables and counts', async () => {
    const differences = await sample.differences();
    console.log(`scenarios ${RUNS} equal ${RUNS - differences.length} different ${differences.length}`);
    expect(differences.map(({ number, text }) => `scenario ${number} of seed ${SEED} differs:\n${text}`)).toEqual([]);
  });

  it.each([
    ['starts', /^start \S+$/],
    ['starts that fail', /^fail /],
    ['crashes', /^exit \S+ crash$/],
    ['orderly ends', /^exit \S+ shutdown$/],
    ['normal ends', /^exit \S+ normal$/],
    ['kills', /^exit \S+ killed$/],
    ['supervisors that end', /^exit [sd]\d+ shutdown$/],
    ['children stopped by hand', /^terminate \S+: ok$/],
    ['children restarted by hand', /^restart \S+: ok$/],
    ['children deleted', /^delete \S+: ok$/],
    ['children that were there before', /^start \S+: already_/],
    ['starts that are declined', /^ignore /],
    ['supervisors that are killed', /^exit [sd]\d+ killed$/],
    ['supervisors that cannot start', /^exit [sd]\d+ shutdown: failed_to_start_child /],
    ['child specs', /^get_childspec \S+: \w+ \w+ \w+ (true|false)$/],
    ['counts', /^count \S+: \d/],
  ])('hold enough %s to say something', (_what, line) => {
    expect(sample.count(line)).toBeGreaterThan(RUNS / 200);
  });
});

describe('a planted fault is seen:', () => {
  it.each(PLANTED_SUPERVISOR_BUGS.map((bug, at) => ({ ...bug, at })))('$name', async ({ name, at, ...bug }) => {
    const into = join(scratch, String(at));
    mkdirSync(into);
    // The kernel is the same for all: only what stands above it is a copy.
    symlinkSync(join(scratch, 'kernel/runtime'), join(into, 'runtime'));
    stripTypes({ root: ROOT, into, sources: ['supervisors', 'test/otp'], replacements: [bug] });
    const { troupeHistory } = (await import(/* @vite-ignore */ join(into, 'test/otp/troupe-run.js'))) as { troupeHistory: (scenario: Scenario) => Promise<readonly string[]> };
    const first = await sample.firstDifference(troupeHistory);
    console.log(`${name}: seen in scenario ${first}`);
    expect(first).toBeDefined();
  });
});
