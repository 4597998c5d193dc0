// How far a granted action reaches, from what its verdict says and people were shown: never further than that.
import type { Containment, RiskVerdict } from '../work/types.ts';

/** Findings that mean the network. Whoever granted the action has seen them. */
const NETWORK = /^(bash-network|bash-sends|bash-fetches|bash-runs-package|bash-foreign-package|api-)/;
/** Findings that mean settings, or git's whole working tree with them. */
const SETTINGS = /(-runs-unasked|^bash-git-)/;

export function reachOf({ level, findings }: RiskVerdict): Containment {
  if (level === 'LOW') return { reach: 'read', network: false, keepSettings: true };
  if (level !== 'MEDIUM') return { reach: 'machine', network: true, keepSettings: false };
  const says = (pattern: RegExp): boolean => findings.some(({ rule }) => pattern.test(rule));
  return { reach: 'workspace', network: says(NETWORK), keepSettings: !says(SETTINGS) };
}
