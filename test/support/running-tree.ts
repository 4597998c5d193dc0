// A supervision tree on the real kernel, with simulated time: what went down and came up, in order.
import { assign, setup } from 'xstate';
import { createSystem, type ExitReason, type Journal, memoryJournal, reply, SimulatedClock, type System } from '../../runtime/index.ts';
import { type SupervisorOptions, supervisor } from '../../supervisors/index.ts';

export const counter = setup({ types: { context: {} as { n: number }, events: {} as { type: 'ADD' } | { type: 'GET' } | { type: 'END' } } }).createMachine({
  context: { n: 0 },
  initial: 'on',
  states: {
    on: { on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) }, GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) }, END: 'off' } },
    off: { type: 'final' },
  },
});

export interface RunningTree {
  readonly system: System;
  readonly clock: SimulatedClock;
  /** What went down, and which workers came up, in order. */
  readonly log: string[];
  /** How the node ended by itself. */
  readonly ends: ExitReason[];
}

/** The tree below this root is up, and the log begins. */
export async function runningTree(options: SupervisorOptions, journal: Journal = memoryJournal()): Promise<RunningTree> {
  const clock = new SimulatedClock();
  const log: string[] = [];
  const ends: ExitReason[] = [];
  const system = await createSystem({ name: 't', clock, journal, root: supervisor(options), onExit: (reason) => void ends.push(reason) });
  system.onTelemetry((event) => {
    if (event.kind === 'actor.started' && event.address !== 'pool') log.push(`up ${event.address}`);
    if (event.kind === 'actor.exited') log.push(`down ${event.address} ${event.reason.kind}`);
  });
  await system.start();
  log.length = 0;
  return { system, clock, log, ends };
}
