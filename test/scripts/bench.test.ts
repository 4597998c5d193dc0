// The arithmetic of the bench on made-up numbers: what a row says follows from its samples, and from nothing else.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { FEWEST_PAIRS, median, quantile, rowLeftOut, rowResult } from '../../bench/row-result.mjs';
import { GROUPS, MEASUREMENTS } from '../../bench/rows.mjs';
import { tableText } from '../../bench/table.mjs';

const ROW = { id: 'made.up', unit: 'steps/s', against: 'a peer', target: 0.5 };
const nine = (value: number): number[] => Array<number>(FEWEST_PAIRS).fill(value);

describe('quantiles', () => {
  it('do not depend on the order of the samples, and leave them as they were', () => {
    const samples = [5, 1, 4, 2, 3];
    expect(median(samples)).toBe(3);
    expect(samples).toEqual([5, 1, 4, 2, 3]);
  });

  it('lie between two samples where no sample is at the rank', () => {
    expect(median([1, 2, 3, 10])).toBe(2.5);
    expect(quantile([0, 10], 0.1)).toBe(1);
    expect(quantile([7], 0.9)).toBe(7);
  });

  it('are refused for no samples at all', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('a row', () => {
  it('is decided by the median of the ratios of its pairs, not by the ratio of the medians', () => {
    // A machine that is slow for a while is slow for both sides of a pair.
    const peer = [100, 100, 100, 100, 10, 10, 10, 10, 10];
    const ours = [60, 60, 60, 60, 6, 6, 6, 6, 1];
    const result = rowResult(ROW, { ours, peer });
    expect(result).toMatchObject({ ratio: 0.6, value: 6, againstValue: 10, met: true, pairs: 9 });
  });

  it('prints the spread of its ratios', () => {
    const ours = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    expect(rowResult(ROW, { ours, peer: ours.map(() => 10) })).toMatchObject({ p10: 0.2, ratio: 0.6, p90: 1 });
  });

  it('is met at its target and not just below it', () => {
    expect(rowResult(ROW, { ours: nine(50), peer: nine(100) }).met).toBe(true);
    expect(rowResult(ROW, { ours: nine(49.9), peer: nine(100) }).met).toBe(false);
  });

  it('where less is better has the ratio the other way round', () => {
    const row = { ...ROW, unit: 'ms', better: 'lower' };
    expect(rowResult(row, { ours: nine(200), peer: nine(150) })).toMatchObject({ ratio: 0.75, met: true });
  });

  it('of a limit is the limit divided by the value, target 1', () => {
    const row = { id: 'made.limit', unit: 'B', against: 'limit', limit: 200, target: 1 };
    expect(rowResult(row, { ours: nine(160) })).toMatchObject({ value: 160, againstValue: 200, ratio: 1.25, met: true });
    expect(rowResult(row, { ours: nine(250) })).toMatchObject({ ratio: 0.8, met: false });
  });

  it('needs nine pairs', () => {
    expect(() => rowResult(ROW, { ours: nine(1).slice(1), peer: nine(1).slice(1) })).toThrow('at least 9');
  });

  it('needs a peer sample for each of its own', () => {
    expect(() => rowResult(ROW, { ours: nine(1), peer: nine(1).slice(1) })).toThrow('8 of its peer');
    expect(() => rowResult(ROW, { ours: nine(1) })).toThrow('0 of its peer');
  });

  it('of which a measurement gave no samples is no row', () => {
    expect(() => rowResult(ROW, undefined)).toThrow('made.up: no samples');
  });

  it('without a target is a report: neither met nor missed', () => {
    const { target: _, ...row } = ROW;
    expect(rowResult(row, { ours: nine(50), peer: nine(100) })).toMatchObject({ ratio: 0.5, target: null, met: null });
  });

  it('whose peer is not here has no figures, is not met, and says why', () => {
    const left = rowLeftOut(ROW, 'nact is not installed');
    expect(left).toMatchObject({ id: 'made.up', ratio: null, value: null, pairs: 0, target: 0.5, met: false, notMeasured: 'nact is not installed' });
    const { target: _, ...report } = ROW;
    expect(rowLeftOut(report, 'nact is not installed').met).toBe(null);
  });

  it('with a peer that did nothing is no row', () => {
    expect(() => rowResult(ROW, { ours: nine(1), peer: nine(0) })).toThrow('no number');
  });
});

describe('the table of rows', () => {
  const rows = MEASUREMENTS.flatMap((measurement) => measurement.rows);

  it('names each row once, in a group that can be chosen', () => {
    const ids = rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { group } of MEASUREMENTS) expect(GROUPS).toContain(group);
  });

  it('has a limit or a peer for each row, and target 1 for each limit', () => {
    for (const row of rows) {
      expect('limit' in row).toBe(row.against === 'limit');
      if ('limit' in row) expect(row).toMatchObject({ target: 1 });
    }
  });
});

describe('the command', () => {
  const run = (...words: string[]) => spawnSync(process.execPath, ['bench/main.mjs', ...words], { encoding: 'utf8' });

  it('measures nothing for a row or a group that is not there, and says which are', () => {
    const row = run('--row', 'tell.machin');
    expect(row).toMatchObject({ status: 2, stdout: '' });
    expect(row.stderr).toContain('tell.machine');
    const group = run('--group', 'kernels');
    expect(group).toMatchObject({ status: 2, stdout: '' });
    expect(group.stderr).toContain('kernel, gate, doors, wire, agents');
  });

  it('refuses a flag that it does not know', () => {
    const { status, stderr } = run('--fast');
    expect(status).toBe(2);
    expect(stderr).toContain('usage: npm run bench');
  });
});

describe('the printed table', () => {
  it('shows value, peer, ratio, spread, target and whether it is met, one line a row', () => {
    const row = rowResult(ROW, { ours: nine(1_234_567), peer: nine(2_000_000) });
    const [head, line] = tableText([row]).split('\n');
    expect(head).toMatch(/^row +value +against +its value +ratio +p10 +p90 +target +met$/);
    expect(line).toMatch(/^made\.up +1,234,567 steps\/s +a peer +2,000,000 +0\.62 +0\.62 +0\.62 +≥ 0\.50 +yes$/);
  });

  it('says below it which rows were not measured and why, and what a reader must know, each remark once', () => {
    const left = [rowLeftOut({ ...ROW, note: 'in wall time' }, 'nact is not installed'), rowLeftOut({ ...ROW, id: 'made.too', note: 'in wall time' }, 'no redis')];
    const [, first, , ...remarks] = tableText(left).split('\n');
    expect(first).toMatch(/^made\.up +not measured +a peer +≥ 0\.50 +no$/);
    expect(remarks).toEqual(['made.up: not measured: nact is not installed', 'made.up, made.too: in wall time', 'made.too: not measured: no redis']);
  });
});
