import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { casesIn, outOfRange } from './labelled-cases.ts';

const folder = new URL('./sample/', import.meta.url);
const files = readdirSync(folder);

describe('the labelled sample', () => {
  it('has all its 212 cases', () => {
    expect(files.flatMap((file) => casesIn(new URL(file, folder)))).toHaveLength(212);
  });

  it.each(files)('%s is rated within the range of every case', async (file) => {
    expect(await outOfRange(casesIn(new URL(file, folder)))).toEqual([]);
  });
});
