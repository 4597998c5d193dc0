// A node of a test: the whole tree of agents and work on a memory journal and a simulated clock; sessions and hosts without processes.
import { fromCallback, setup } from 'xstate';
import type { AgentInput } from '../../actors/agent/agent-context.ts';
import { ensureFleet, fleetRoot } from '../../actors/fleet/root.ts';
import { sessionGone } from '../../actors/fleet/sessions.ts';
import type { PlannedTask, PlanReport, StepOutcome } from '../../actors/work/types.ts';
import { createSystem, type MailboxLimits, type MemoryStore, memoryJournal, memoryStore, type System, tell } from '../../runtime/index.ts';
import { settle } from './settle.ts';
import { OK, turnScript } from './turn-script.ts';
import { type TestServices, testServices } from './work-services.ts';

const agent = (name: string, role: AgentInput['role'], capabilities: string[]): AgentInput => ({ name, role, title: name, capabilities, driver: 'playbook', port: null });

export const FLEET: readonly AgentInput[] = [
  agent('master', 'master', ['command']),
  agent('supervisor', 'supervisor', ['delegate']),
  agent('backend-api', 'worker', ['code']),
  agent('database', 'worker', ['sql']),
  agent('frontend-ui', 'worker', ['code', 'ui']),
  agent('testing', 'worker', ['test']),
];

/** Ready at once; crashes on demand and stops in order, having said so. Whatever ends it, its end is heard of. */
const sessionLogic = (systemNow: () => System) =>
  setup({
    types: { context: {} as { agent: string }, input: {} as { agent: string } },
    actors: {
      hold: fromCallback<{ type: string }, string>(
        ({ input }) =>
          () =>
            sessionGone(systemNow(), input),
      ),
    },
  }).createMachine({
    context: ({ input }) => input,
    entry: tell(({ context }) => `agents/${context.agent}`, { type: 'SESSION_READY', epoch: 1, pid: 1, attach: null }),
    invoke: { src: 'hold', input: ({ context }) => context.agent },
    initial: 'ready',
    states: { ready: {}, stopped: { entry: tell(({ context }) => `agents/${context.agent}`, { type: 'SESSION_LOST', why: 'stopped', inOrder: true }), type: 'final' } },
    on: {
      'troupe.shutdown': '.stopped',
      DIE: {
        actions: [
          tell(({ context }) => `agents/${context.agent}`, { type: 'SESSION_LOST', why: 'killed' }),
          () => {
            throw new Error('terminal gone');
          },
        ],
      },
    },
  });

export interface FleetNode {
  readonly system: System;
  readonly services: TestServices;
  readonly store: MemoryStore;
  /** Commands in the order in which hosts ran them. */
  readonly ran: string[];
  submit(planId: string, tasks: readonly PlannedTask[], approve?: string): Promise<unknown>;
  report(planId: string): Promise<PlanReport>;
  ask(address: string, message: { readonly type: string; readonly [field: string]: unknown }): Promise<unknown>;
  /** Passes simulated time in small stretches, everything in between included. */
  pass(ms: number): Promise<void>;
}

export type Answers = (command: string, runs: number) => StepOutcome | undefined;

export async function fleetNode(
  answers: Answers = () => OK,
  from?: { readonly services: TestServices; readonly store: MemoryStore; readonly ran: string[] },
  mailboxes: Partial<MailboxLimits> = {},
): Promise<FleetNode> {
  const { services, store, ran } = from ?? { services: testServices(), store: memoryStore(), ran: [] as string[] };
  const system: System = await createSystem({
    name: 'fleet',
    clock: services.clock,
    journal: memoryJournal({ store }),
    freeze: true,
    mailboxes,
    root: fleetRoot({ services, sessionLogic: sessionLogic(() => system) }),
  });
  const execute = (command: string): StepOutcome | undefined => {
    ran.push(command);
    return answers(command, ran.filter((earlier) => earlier === command).length);
  };
  services.approvals.system = system;
  services.hosts.script = turnScript(() => system, execute);
  await system.start();
  await ensureFleet(system, { agents: FLEET });
  await settle();
  const ask: FleetNode['ask'] = (address, message) => system.ref(address).ask(message, { timeoutMs: 3_600_000 });
  return {
    system,
    services,
    store,
    ran,
    ask,
    submit: async (planId, tasks, approve) => {
      const plan = { name: planId, workspace: '/repo', tasks };
      const answer = await ask('agents/supervisor', { type: 'SUBMIT_PLAN', planId, plan, caller: 'ann', approve: approve ?? null, approvalMs: 60_000 });
      await settle();
      return answer;
    },
    report: async (planId) => (await ask(`plans/${planId}`, { type: 'GET' })) as PlanReport,
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 250) {
        services.clock.advance(250);
        await settle(20);
      }
    },
  };
}

export function task(id: string, more: Partial<PlannedTask> = {}): PlannedTask {
  return { id, needs: [], retry: { max: 1, backoff: 'fixed', baseMs: 200 }, steps: [{ kind: 'bash', payload: { command: id }, idempotent: false }], ...more };
}
