// Findings and what they come to: a verdict is never milder than its worst finding, and no finding at all is HIGH.
import type { Finding, RiskLevel } from '../work/types.ts';
import type { FindingName } from './finding-names.ts';

export interface Assessment {
  readonly level: RiskLevel;
  /** Worst first; at least one. */
  readonly findings: readonly Finding[];
}

function rank(level: RiskLevel): number {
  if (level === 'LOW') return 0;
  if (level === 'MEDIUM') return 1;
  return level === 'HIGH' ? 2 : 3;
}

export function worse(a: RiskLevel, b: RiskLevel): RiskLevel {
  return rank(a) >= rank(b) ? a : b;
}

export function isAtLeast(level: RiskLevel, floor: RiskLevel): boolean {
  return rank(level) >= rank(floor);
}

export function finding(level: RiskLevel, rule: FindingName, why: string, span?: readonly [number, number]): Finding {
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
  return [...new Map(findings.map((each) => [`${each.rule}\n${each.level}\n${each.span?.[0]}\n${each.span?.[1]}\n${each.why}`, each])).values()];
}

/** After those that weigh as much; nowhere when it is there. */
function put(ordered: Finding[], each: Finding): void {
  let at = ordered.length;
  for (let before = ordered[at - 1]; before !== undefined; before = ordered[at - 1]) {
    if (byWeight(before, each) <= 0) break;
    at -= 1;
  }
  for (let same = at - 1; same >= 0; same -= 1) {
    const other = ordered[same] as Finding;
    if (byWeight(other, each) < 0) break;
    if (isSame(other, each)) return;
  }
  ordered.push(each);
  for (let moved = ordered.length - 1; moved > at; moved -= 1) ordered[moved] = ordered[moved - 1] as Finding;
  ordered[at] = each;
}

function inOrder(findings: readonly Finding[]): Finding[] {
  if (findings.length > FEW) return distinct(findings).sort(byWeight);
  const ordered: Finding[] = [];
  for (const each of findings) put(ordered, each);
  return ordered;
}

/** The same finding about the same place is kept once. */
export function assessment(findings: readonly Finding[]): Assessment {
  const ordered = findings.length < 2 ? [findings[0] ?? NOTHING_FOUND] : inOrder(findings);
  return { level: (ordered[0] ?? NOTHING_FOUND).level, findings: ordered };
}
