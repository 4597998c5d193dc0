// Approvals of a test: orders as requests give them, on a node that has nothing else but a request which hears what is decided.
import { assign, setup } from 'xstate';
import { approvalTemplate } from '../../actors/approval/approval.ts';
import type { ApprovalOrder } from '../../actors/approval/approval-context.ts';
import { type Approvals, DEFAULT_APPROVALS, termsFor } from '../../actors/approval/terms.ts';
import { DEFAULT_ROUND_POLICY, type RoundPolicy } from '../../actors/consensus/round-order.ts';
import { noticeTemplate } from '../../actors/webhook/webhook.ts';
import type { Webhook } from '../../actors/work/ports.ts';
import type { Message } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, type NodeOptions, startNode } from './kernel-node.ts';
import { settle } from './settle.ts';
import { testServices } from './work-services.ts';

export const HASH = 'a'.repeat(64);
export const ID = 'p.t.0.1';

/** CRITICAL by people alone. */
export const BY_PEOPLE: Approvals = { ...DEFAULT_APPROVALS, CRITICAL: { ...DEFAULT_APPROVALS.HIGH, fourEyes: true, people: 2 } };

export function approvalOrder(
  risk: 'MEDIUM' | 'HIGH' | 'CRITICAL',
  more: Partial<ApprovalOrder> = {},
  approvals: Approvals = BY_PEOPLE,
  rounds: RoundPolicy = DEFAULT_ROUND_POLICY,
): ApprovalOrder {
  return {
    id: ID,
    requestId: ID,
    planId: 'p',
    taskId: 't',
    step: 0,
    attempt: 1,
    agent: 'testing',
    action: { type: 'BASH_COMMAND', payload: { command: 'x' } },
    idempotent: false,
    verdict: { level: risk, findings: [{ rule: 'r', level: risk, why: 'w' }], actionHash: HASH, policy: 't' },
    caller: 'ann',
    approve: null,
    rerun: null,
    waitMs: 14 * 24 * 3_600_000,
    terms: termsFor({ approvals, rounds, unhidden: false }, risk),
    ...more,
  };
}

/** A request that only remembers. */
const listener = setup({ types: { context: {} as { heard: unknown[] } } }).createMachine({
  context: { heard: [] },
  on: { '*': { actions: assign({ heard: ({ context, event }) => [...context.heard, event] }) } },
});

export interface ApprovalNode {
  readonly node: KernelNode;
  open(order: ApprovalOrder): Promise<void>;
  /** Rejects with `NoSuchActor` once it has ended. */
  ask(message: Message, id?: string): Promise<unknown>;
  tell(message: Message, id?: string): Promise<void>;
  value(id?: string): unknown;
  /** What requests with that id were told. */
  heard(id?: string): readonly unknown[];
  facts(kind?: string): Promise<ReadonlyArray<{ readonly kind: string; readonly body: Readonly<Record<string, unknown>> }>>;
}

export async function approvalNode({ webhook = null, ...options }: NodeOptions & { readonly webhook?: Webhook | null } = {}): Promise<ApprovalNode> {
  const services = { ...testServices(options.clock), webhook };
  const node = await startNode(
    [
      dynamicSupervisor('requests', { durable: true, templates: { request: (_input, id) => worker(id, listener, { durable: true, version: 1 }) } }),
      dynamicSupervisor('rounds', { durable: true, templates: { round: (_input, id) => worker(id, listener, { durable: true, version: 1 }) } }),
      dynamicSupervisor('webhooks', { durable: true, templates: { notice: noticeTemplate(services) } }),
      dynamicSupervisor('approvals', { durable: true, templates: { approval: approvalTemplate(services) } }),
    ],
    // Whoever is not seen has ended, and is not only out of memory.
    { residency: { passivateAfterMs: 10 * 365 * 24 * 3_600_000 }, ...options, clock: services.clock },
  );
  return {
    node,
    async open(order) {
      await node.system.startChild('requests', { template: 'request', id: order.requestId, input: null });
      await node.system.startChild('approvals', { template: 'approval', id: order.id, input: order });
      await settle();
    },
    ask: (message, id = ID) => node.ask(`approvals/${id}`, message, { timeoutMs: 60_000 }),
    tell: (message, id = ID) => node.tell(`approvals/${id}`, message),
    value: (id = ID) => node.value(`approvals/${id}`),
    heard: (id = ID) => (node.context(`requests/${id}`).heard as readonly unknown[] | undefined) ?? [],
    async facts(kind) {
      const rows = await node.system.journal.facts({ after: 0, limit: 100_000 });
      return rows.filter((row) => (kind === undefined ? row.kind.startsWith('approval.') : row.kind === kind)).map((row) => ({ kind: row.kind, body: JSON.parse(row.body) }));
    },
  };
}
