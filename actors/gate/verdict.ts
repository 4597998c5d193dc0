// Findings and what they come to: a verdict is never milder than its worst finding, and no finding at all is HIGH.
import type { Finding, RiskLevel } from '../work/types.ts';

export interface Assessment {
  readonly level: RiskLevel;
  /** Worst first; at least one. */
  readonly findings: readonly Finding[];
}

const RANKS: Readonly<Record<RiskLevel, number>> = { LOW: 0, MEDIUM: 1, HIGH: 2, CRITICAL: 3 };
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

const beginOf = ({ span }: Finding): number => (span === undefined ? 0 : span[0]);
const byWeight = (a: Finding, b: Finding): number => rank(b.level) - rank(a.level) || beginOf(a) - beginOf(b);

function isSame(a: Finding, b: Finding): boolean {
  return a.rule === b.rule && a.level === b.level && a.why === b.why && a.span?.[0] === b.span?.[0] && a.span?.[1] === b.span?.[1];
}

/** Beyond this many, each is looked up by a text that names it. */
const FEW = 24;

function distinct(findings: readonly Finding[]): Finding[] {
  if (findings.length > FEW) return [...new Map(findings.map((each) => [`${each.rule}\n${each.level}\n${each.span?.[0]}\n${each.span?.[1]}\n${each.why}`, each])).values()];
  const kept: Finding[] = [];
  for (const each of findings) if (!kept.some((other) => isSame(other, each))) kept.push(each);
  return kept;
}

/** The same finding about the same place is kept once. */
export function assessment(findings: readonly Finding[]): Assessment {
  const [first = NOTHING_FOUND] = findings;
  if (findings.length < 2) return { level: first.level, findings: [first] };
  const ordered = distinct(findings).sort(byWeight);
  return { level: ordered[0]?.level ?? first.level, findings: ordered };
}
