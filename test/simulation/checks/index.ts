// The guarantees of the kernel (DESIGN.md section 12), each held against what a run has left behind.
import { DURABLE, type LeftBehind } from '../left.ts';
import type { Finished, Violation } from '../simulation.ts';
import { checkEffects } from './effects.ts';
import { checkMessages } from './messages.ts';
import { checkOrder } from './order.ts';
import { checkSupervision } from './supervision.ts';
import { checkTimers } from './timers.ts';

export type Report = (guarantee: string, what: string) => void;

export function checkAll(run: Finished, before: LeftBehind, after: LeftBehind): Violation[] {
  const violations: Violation[] = [];
  const report: Report = (guarantee, what) => void violations.push({ guarantee, what });
  for (const address of DURABLE) if (!before.states.has(address)) report('G6', `${address} is not there`);
  if (violations.length > 0) return violations;
  checkOrder(run, before, report);
  checkUnmoved(before, after, report);
  for (const what of before.astray) report('rest', what);
  checkMessages(run, before, report);
  checkEffects(run, before, report);
  checkTimers(run, before, report);
  checkSupervision(run, before, report);
  return violations;
}

/** One more crash, when nothing is left to do, changes nothing. */
function checkUnmoved(before: LeftBehind, after: LeftBehind, report: Report): void {
  for (const [address, state] of before.states) {
    const now = JSON.stringify(after.states.get(address));
    if (now !== JSON.stringify(state)) report('G8', `${address} was ${JSON.stringify(state)}, and after one more crash it is ${now}`);
  }
}
