// Findings and what they come to: a verdict is never milder than its worst finding, and no finding at all is HIGH.
import { type Finding, RISK_LEVELS, type RiskLevel } from '../work/types.ts';

export interface Assessment {
  readonly level: RiskLevel;
  /** Worst first; at least one. */
  readonly findings: readonly Finding[];
}

const RANKS = Object.fromEntries(RISK_LEVELS.map((level, at) => [level, at])) as Record<RiskLevel, number>;
const rank = (level: RiskLevel): number => RANKS[level];

export function worse(a: RiskLevel, b: RiskLevel): RiskLevel {
  return rank(a) >= rank(b) ? a : b;
}

export function isAtLeast(level: RiskLevel, floor: RiskLevel): boolean {
  return rank(level) >= rank(floor);
}

export function finding(level: RiskLevel, rule: string, why: string, span?: readonly [number, number]): Finding {
  return span === undefined ? { rule, level, why } : { rule, level, span, why };
}

export function worstOf(findings: readonly Finding[]): RiskLevel {
  let worst: RiskLevel = 'LOW';
  for (const { level } of findings) worst = worse(worst, level);
  return worst;
}

const NOTHING_FOUND = finding('HIGH', 'nothing-understood', 'no part of this request was understood');

/** The same finding about the same place is kept once. */
export function assessment(findings: readonly Finding[]): Assessment {
  const [first = NOTHING_FOUND, ...others] = findings;
  if (others.length === 0) return { level: first.level, findings: [first] };
  const distinct = new Map(findings.map((each) => [`${each.rule}\n${each.level}\n${each.span?.[0]}\n${each.span?.[1]}\n${each.why}`, each]));
  const ordered = [...distinct.values()].sort((a, b) => rank(b.level) - rank(a.level) || (a.span?.[0] ?? 0) - (b.span?.[0] ?? 0));
  return { level: worstOf(ordered), findings: ordered };
}
