import { describe, expect, it } from 'vitest';
import { type ExitReason, KILLED, MAX_INTENSITY, NOPROC, NORMAL, type RestartType, SHUTDOWN } from '../../runtime/index.ts';
import { decideRestart, type RestartDecision } from '../../supervisors/restart-decision.ts';
import { supervised } from '../support/supervised.ts';

const CRASH: ExitReason = { kind: 'crash', message: 'boom' };
const reasons: ReadonlyArray<readonly [string, ExitReason]> = [
  ['normal', NORMAL],
  ['shutdown', SHUTDOWN],
  ['shutdown with a detail', MAX_INTENSITY],
  ['killed', KILLED],
  ['noproc', NOPROC],
  ['crash', CRASH],
];

// OTP, "Child specification": restart type × exit reason.
const matrix: Readonly<Record<RestartType, readonly RestartDecision[]>> = {
  permanent: ['restart', 'restart', 'restart', 'restart', 'restart', 'restart'],
  transient: ['keep', 'keep', 'keep', 'restart', 'restart', 'restart'],
  temporary: ['remove', 'remove', 'remove', 'remove', 'remove', 'remove'],
};

const cases = (Object.keys(matrix) as RestartType[]).flatMap((restart) =>
  reasons.map(([name, reason], index) => ({ restart, name, reason, decision: matrix[restart][index] ?? 'keep' })),
);

describe('restart type × exit reason', () => {
  it.each(cases)('a $restart child that ends with $name: $decision', ({ restart, reason, decision }) => {
    expect(decideRestart(restart, reason)).toBe(decision);
  });

  const seen: Readonly<Record<RestartDecision, { history: string[]; children: string[] }>> = {
    restart: { history: ['start a'], children: ['a running', 'b running'] },
    keep: { history: [], children: ['a stopped', 'b running'] },
    remove: { history: [], children: ['b running'] },
  };

  it.each(cases)('in a supervisor, a $restart child that ends with $name: $decision', async ({ restart, reason, decision }) => {
    const tree = await supervised({ children: [{ id: 'a', restart }, 'b'] });
    await tree.exit('a', reason);
    expect(tree.history()).toEqual([`exit a ${reason.kind}`, ...seen[decision].history]);
    expect(tree.children()).toEqual(seen[decision].children);
  });
});
