// A node with requests, approvals, deployments and backups on a memory journal; places, versions and backups are only names.
import { assign, setup } from 'xstate';
import { approvalTemplate } from '../../actors/approval/approval.ts';
import { backupsWorker } from '../../actors/backup/backups.ts';
import { deploymentTemplate, readReleases, releasesWorker } from '../../actors/deployment/deployment.ts';
import type { DeploymentOrder } from '../../actors/deployment/deployment-context.ts';
import { requestTemplate } from '../../actors/request/request.ts';
import type { RequestOrder } from '../../actors/request/request-context.ts';
import type { DeployPayload, StepOutcome } from '../../actors/work/types.ts';
import { type MemoryStore, memoryStore } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { decide } from './decide.ts';
import { startNode } from './kernel-node.ts';
import { settle } from './settle.ts';
import { OK } from './turn-script.ts';
import { type TestServices, testServices } from './work-services.ts';

export const ID = 'p.t.0.1';
export const PLACE = '/deploy/p/production';

const listener = setup({ types: { context: {} as { heard: unknown[] } } }).createMachine({
  context: { heard: [] },
  on: { '*': { actions: assign({ heard: ({ context, event }) => [...context.heard, event] }) } },
});
const LISTENERS = { durable: true, templates: { task: (_input: unknown, id: string) => worker(id, listener, { durable: true, version: 1 }) } } as const;

export function deployOrder(payload: Partial<DeployPayload> = {}, more: Partial<RequestOrder> = {}): RequestOrder {
  return {
    id: ID,
    planId: 'p',
    taskId: 't',
    task: 'tasks/p.t',
    step: 0,
    attempt: 1,
    agent: 'deployment',
    action: { type: 'DEPLOYMENT', payload: { environment: 'production', version: '1.0.0', ...payload } },
    idempotent: false,
    timeoutMs: 60_000,
    workspace: '/w',
    caller: 'ann',
    approve: null,
    approvalMs: 60_000,
    ...more,
  };
}

/** As a request would give it, to another place than `deployOrder`, under no grant. */
export async function sagaOrder(services: TestServices, more: Partial<DeploymentOrder> = {}): Promise<DeploymentOrder> {
  const payload: DeployPayload = { environment: 'staging', version: '9.0.0' };
  const surroundings = services.surroundings('p', '/w');
  const { actionHash, level } = await services.gate.assess({ type: 'DEPLOYMENT', payload }, surroundings, null);
  const asked = { planId: 'p', taskId: 't', step: 0, attempt: 1, agent: 'deployment', caller: 'ann', repository: '/w', timeoutMs: 60_000 };
  return { id: 'd', ...asked, payload, surroundings, actionHash, level, looked: null, grant: null, within: null, ...more };
}

/** Commands that verify succeed until a test says otherwise. */
export async function deploymentNode(from?: { readonly services: TestServices; readonly store: MemoryStore }) {
  const services = from?.services ?? testServices();
  const store = from?.store ?? memoryStore();
  if (from === undefined) services.hosts.script = ({ method }) => (method === 'request.execute' ? Promise.resolve(OK) : undefined);
  const node = await startNode(
    [
      dynamicSupervisor('tasks', LISTENERS),
      dynamicSupervisor('rounds', { durable: true, templates: { round: (_input, id) => worker(id, listener, { durable: true, version: 1 }) } }),
      dynamicSupervisor('approvals', { durable: true, templates: { approval: approvalTemplate(services) } }),
      backupsWorker(services),
      releasesWorker(),
      dynamicSupervisor('deployments', { durable: true, templates: { deployment: deploymentTemplate(services) } }),
      dynamicSupervisor('requests', { durable: true, templates: { request: requestTemplate(services) } }),
    ],
    { store, clock: services.clock, residency: { passivateAfterMs: 10 * 365 * 24 * 3_600_000 } },
  );
  services.approvals.system = node.system;
  const facts = async (kind: string) => {
    const rows = await node.system.journal.facts({ after: 0, limit: 100_000 });
    return rows.filter((row) => row.kind === kind).map((row) => JSON.parse(row.body) as Readonly<Record<string, unknown>>);
  };
  const approve = async (id = ID): Promise<void> => {
    await node.ask(`approvals/${id}`, decide('approve', { by: 'bob', login: true }), { timeoutMs: 60_000 });
    await settle();
  };
  const open = async (order: RequestOrder = deployOrder()): Promise<void> => {
    await node.system.startChild('tasks', { template: 'task', id: `${order.planId}.${order.taskId}`, input: null });
    await node.system.startChild('requests', { template: 'request', id: order.id, input: order });
    await settle();
  };
  return {
    node,
    services,
    store,
    facts,
    open,
    approve,
    /** Opened, approved, and left to its end. */
    deploy: async (version: string, payload: Partial<DeployPayload> = {}, more: Partial<RequestOrder> = {}): Promise<StepOutcome | null> => {
      const order = deployOrder({ version, ...payload }, { id: `p.t.${version}`, ...more });
      await open(order);
      await approve(order.id);
      return (node.context(`requests/${order.id}`).outcome ?? null) as StepOutcome | null;
    },
    outcome: (id = ID) => (node.context(`requests/${id}`).outcome ?? null) as StepOutcome | null,
    value: (id = ID) => node.value(`deployments/${id}`),
    releases: async (place = PLACE) => ((await readReleases(node.system))[place]?.releases ?? []).map(({ version }) => version),
    holder: async (place = PLACE) => (await readReleases(node.system))[place]?.holder ?? null,
    /** The states of a deployment, as its facts tell them. */
    states: async (id = ID) => (await facts('deployment.changed')).filter((body) => body.id === id).map(({ state }) => state),
  };
}
