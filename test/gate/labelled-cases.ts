// Labelled cases: one JSON line each, with the lowest and the highest level that is right for it.
import { readFileSync } from 'node:fs';
import { assessAlone, shippedPolicy } from '../../actors/gate/index.ts';
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

const levelOf = async ({ type, payload }: LabelledCase): Promise<RiskLevel> => (await assessAlone(type, payload, POLICY)).level;

/** Those that are rated milder than `min` or worse than `max`, with what they got. */
export async function outOfRange(cases: readonly LabelledCase[]): Promise<(LabelledCase & { readonly got: RiskLevel })[]> {
  const judged = await Promise.all(cases.map(async (each) => ({ ...each, got: await levelOf(each) })));
  return judged.filter(({ got, min, max }) => rank(got) < rank(min) || rank(got) > rank(max));
}
