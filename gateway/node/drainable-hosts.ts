// The port `Hosts` with an orderly end: once it drains, nothing new is begun and what runs may finish.
// What is refused then has not run, so it goes on after the next start as if nothing had been.
import type { Hosts } from '../../actors/work/ports.ts';
import { type Clock, codedError } from '../../runtime/index.ts';

export interface DrainableHosts extends Hosts {
  /** Resolves with how many executions still ran when the time was over. */
  drain(withinMs: number): Promise<number>;
}

/** What a drain waits for: a turn itself may be long, its present step is what must not be cut. */
const EXECUTION = 'request.execute';
const BEGINS: readonly string[] = [EXECUTION, 'turn.start'];

export function drainableHosts(hosts: Hosts, clock: Clock): DrainableHosts {
  const running = new Set<Promise<unknown>>();
  let draining = false;
  return {
    async call(agent, method, params, options) {
      if (draining && BEGINS.includes(method)) throw codedError('NoSession', { agent, waited: ' while its node stops' });
      const called = hosts.call(agent, method, params, options);
      if (method !== EXECUTION) return called;
      running.add(called);
      return called.finally(() => running.delete(called));
    },
    notify: (agent, method, params) => hosts.notify(agent, method, params),
    connected: (agent) => hosts.connected(agent),
    outlived: (agent) => hosts.outlived(agent),
    async drain(withinMs) {
      draining = true;
      const late = new Promise<void>((resolve) => void clock.after(withinMs, resolve));
      await Promise.race([Promise.allSettled([...running]), late]);
      return running.size;
    },
  };
}
