// Calls of guests on a node of a test, as their clients make them.
import type { HeldTask } from '../../actors/guest/guest-context.ts';
import type { Caller } from '../../gateway/operations/index.ts';
import { runningNode, type TestNode } from './running-node.ts';
import { settle } from './settle.ts';

export const LEASE_MS = 10_000;
export const guestCaller = (name: string): Caller => ({ name, permissions: ['read', 'act'], operations: ['approval.decide'] });
export const ADA = guestCaller('ada');
export const BOB = guestCaller('bob');

export interface Seen {
  readonly agent: string;
  readonly membership: number;
  readonly news: number;
  readonly task: HeldTask | null;
  readonly messages: ReadonlyArray<{ readonly id: string; readonly from: string; readonly kind: string; readonly payload: unknown }>;
}

export async function joined(...callers: readonly Caller[]) {
  const node = await runningNode();
  for (const caller of callers) await node.run('agent.join', { capabilities: ['review'], leaseMs: LEASE_MS }, { caller });
  await settle();
  return node;
}

export const submitted = async (node: TestNode, input: object = {}): Promise<string> => {
  const { task } = await node.run<{ task: string }>('task.submit', { text: 'look at the diff', ...input });
  await settle();
  return task;
};
export const wait = (node: TestNode, caller: Caller, input: object = {}) => node.run<Seen>('inbox.wait', { timeoutMs: 0, ...input }, { caller });
/** Lets simulated time pass until the call is answered. */
export async function passing<T>(node: TestNode, call: Promise<T>): Promise<T> {
  let over = false;
  const done = (): void => {
    over = true;
  };
  call.then(done, done);
  for (let turn = 0; !over && turn < 2_000; turn += 1) await node.pass(250);
  return call;
}
