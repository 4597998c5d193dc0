import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { casesIn, outOfRange, unfinishedFindings } from './labelled-cases.ts';

const folder = new URL('./families/', import.meta.url);
const files = readdirSync(folder);

describe('families of hand-made cases, labelled before they were run', () => {
  it('are there for all five types, dangerous ones and everyday ones', () => {
    const cases = files.flatMap((file) => casesIn(new URL(file, folder)));
    expect(new Set(cases.map(({ type }) => type)).size).toBe(5);
    expect(cases.filter(({ min }) => min !== 'LOW').length).toBeGreaterThan(1_500);
    expect(cases.filter(({ max }) => max !== 'CRITICAL').length).toBeGreaterThan(1_000);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it.each(files)('%s is rated within the range of every case', async (file) => {
    expect(await outOfRange(casesIn(new URL(file, folder)))).toEqual([]);
  });

  it.each(files)('every finding about %s has a level of its own', async (file) => {
    expect(await unfinishedFindings(casesIn(new URL(file, folder)))).toEqual([]);
  });
});
