// Labelled cases: one JSON line each, with the lowest and the highest level that is right for it.
import { readFileSync } from 'node:fs';
import { assessAlone } from '../../actors/gate/index.ts';
import { RISK_LEVELS, type RiskLevel } from '../../actors/work/types.ts';

export interface LabelledCase {
  readonly id: string;
  readonly type: string;
  readonly payload: unknown;
  readonly min: RiskLevel;
  readonly max: RiskLevel;
  readonly why: string;
}

const rank = (level: RiskLevel): number => RISK_LEVELS.indexOf(level);

export function casesIn(file: URL): LabelledCase[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

export const levelOf = ({ type, payload }: LabelledCase): RiskLevel => assessAlone(type, payload).level;

/** Those that are rated milder than `min` or worse than `max`, with what they got. */
export function outOfRange(cases: readonly LabelledCase[]): (LabelledCase & { readonly got: RiskLevel })[] {
  return cases.map((each) => ({ ...each, got: levelOf(each) })).filter(({ got, min, max }) => rank(got) < rank(min) || rank(got) > rank(max));
}
