import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RiskLevel } from '../../../actors/work/types.ts';
import { levelOf, rank } from './assessing.ts';

interface Case {
  readonly id: string;
  readonly type: string;
  readonly payload: unknown;
  readonly min: RiskLevel;
  readonly max: RiskLevel;
}

const folder = new URL('./sample/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
const casesOf = (file: string): Case[] =>
  readFileSync(new URL(file, folder), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe('the labelled sample', () => {
  it('has all its 212 cases', () => {
    expect(files.flatMap(casesOf)).toHaveLength(212);
  });

  it.each(files)('%s is rated within the range of every case', (file) => {
    const outside = casesOf(file)
      .map((each) => ({ ...each, got: levelOf(each.type, each.payload) }))
      .filter(({ got, min, max }) => rank(got) < rank(min) || rank(got) > rank(max));
    expect(outside).toEqual([]);
  });
});
