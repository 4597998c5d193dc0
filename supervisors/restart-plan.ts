// Which siblings a failed child takes along, by strategy.

export const STRATEGIES = ['one_for_one', 'one_for_all', 'rest_for_one'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface RestartPlan {
  /** In reverse start order; without the failed child, which is down already. */
  readonly stop: readonly string[];
  /** In start order; with the failed child. */
  readonly start: readonly string[];
}

/** `children` in start order. */
export function planRestart(strategy: Strategy, children: readonly string[], failed: string): RestartPlan {
  const from = strategy === 'one_for_one' ? [failed] : strategy === 'one_for_all' ? children : children.slice(children.indexOf(failed));
  return { stop: from.filter((id) => id !== failed).reverse(), start: from };
}
