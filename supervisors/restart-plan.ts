// Which siblings a failed child takes along, by strategy.

export const STRATEGIES = ['one_for_one', 'one_for_all', 'rest_for_one'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface RestartPlan {
  /** In reverse start order; without the failed child, which is down already. */
  readonly stop: readonly string[];
  /** In start order; with the failed child. */
  readonly start: readonly string[];
}

/** `children` in start order; `failed` is one of them. */
export function planRestart(strategy: Strategy, children: readonly string[], failed: string): RestartPlan {
  const start = affected(strategy, children, failed);
  return { stop: start.filter((id) => id !== failed).reverse(), start };
}

function affected(strategy: Strategy, children: readonly string[], failed: string): readonly string[] {
  switch (strategy) {
    case 'one_for_one':
      return [failed];
    case 'one_for_all':
      return children;
    case 'rest_for_one':
      return children.slice(children.indexOf(failed));
  }
}
