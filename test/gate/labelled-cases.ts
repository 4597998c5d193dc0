// Labelled cases: one JSON line each, with the lowest and the highest level that is right for it.
import { readFileSync } from 'node:fs';
import { canBeFound } from '../../actors/gate/finding-names.ts';
import { type Assessment, assessAlone, shippedPolicy } from '../../actors/gate/index.ts';
import { RISK_LEVELS, type RiskLevel } from '../../actors/work/types.ts';

export interface LabelledCase {
  readonly id: string;
  readonly type: string;
  readonly payload: unknown;
  readonly min: RiskLevel;
  readonly max: RiskLevel;
  readonly why: string;
}

const POLICY = shippedPolicy();
const rank = (level: RiskLevel): number => RISK_LEVELS.indexOf(level);

export function casesIn(file: URL): LabelledCase[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const assessed = ({ type, payload }: LabelledCase): Promise<Assessment> => assessAlone(type, payload, POLICY);

/** Those that are rated milder than `min` or worse than `max`, with what they got. */
export async function outOfRange(cases: readonly LabelledCase[]): Promise<(LabelledCase & { readonly got: RiskLevel })[]> {
  const judged = await Promise.all(cases.map(async (each) => ({ ...each, got: (await assessed(each)).level })));
  return judged.filter(({ got, min, max }) => rank(got) < rank(min) || rank(got) > rank(max));
}

/** Findings that say no level, or stand for no rule that is known, of any of the cases. */
export async function unfinishedFindings(cases: readonly LabelledCase[]): Promise<unknown[]> {
  const judged = await Promise.all(cases.map(assessed));
  return judged.flatMap(({ findings }) => findings).filter(({ level, rule, why }) => !RISK_LEVELS.includes(level) || !canBeFound(rule) || why.startsWith('undefined'));
}
