// Any history of joins, silence, leaving, reports (late, doubled, of others) and restarts of the node: no task is lost, none is done twice.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { fleetRoot } from '../../../actors/fleet/root.ts';
import type { GuestContext } from '../../../actors/guest/guest-context.ts';
import type { HolderAnswer } from '../../../actors/task/task.messages.ts';
import type { TaskContext, TaskOrder } from '../../../actors/task/task-context.ts';
import { createSystem, memoryJournal, memoryStore, type System } from '../../../runtime/index.ts';
import { count } from '../../support/length.ts';
import { settle } from '../../support/settle.ts';
import { testServices } from '../../support/work-services.ts';

const LEASE_MS = 4_000;
const GUESTS = ['guest.a', 'guest.b', 'guest.c'] as const;
type Guest = (typeof GUESTS)[number];
const TURNS = 40;
const MOST_LAPS = 60;

const guest = fc.constantFrom(...GUESTS);
const step = fc.oneof(
  fc.record({ does: fc.constant('join' as const), guest }),
  fc.record({ does: fc.constant('hear' as const), guest }),
  fc.record({ does: fc.constant('leave' as const), guest }),
  fc.record({ does: fc.constant('submit' as const), named: fc.option(guest, { freq: 3 }) }),
  /** Under an epoch that it has seen, which may be over. */
  fc.record({ does: fc.constant('report' as const), guest, pick: fc.nat(3) }),
  fc.record({ does: fc.constant('report' as const), guest, pick: fc.nat(3) }),
  fc.record({ does: fc.constant('pass' as const), ms: fc.integer({ min: 500, max: 6_000 }) }),
  fc.record({ does: fc.constant('restart' as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface World {
  system: System;
  readonly services: ReturnType<typeof testServices>;
  readonly store: ReturnType<typeof memoryStore>;
  /** What each guest has seen itself hold, `<task> <epoch>`, the latest last. */
  readonly seen: Map<Guest, Set<string>>;
  /** Reports that were taken as new, by task. */
  readonly taken: Map<string, string[]>;
  readonly tasks: string[];
}

async function started(services = testServices(), store = memoryStore()): Promise<System> {
  const system = await createSystem({
    name: 'guests',
    clock: services.clock,
    journal: memoryJournal({ store }),
    freeze: true,
    root: fleetRoot({ services, sessionLogic: createMachine({}) }),
  });
  await system.start();
  await settle(TURNS);
  return system;
}

const contextOf = (system: System, name: string) => system.inspect(`agents/${name}`)?.context as GuestContext | undefined;
const taskOf = async (system: System, id: string) => (await system.look(`tasks/p.${id}`))?.context as TaskContext;

async function submit({ system, services, tasks }: World, named: Guest | null): Promise<void> {
  const taskId = `t${tasks.length}`;
  const words = { id: taskId, text: 'think', steps: [], needs: [], retry: { max: 1, backoff: 'fixed' as const, baseMs: 1 }, ...(named === null ? {} : { agent: named }) };
  const at = services.clock.now();
  const order: TaskOrder = {
    planId: 'p',
    taskId,
    task: words,
    workspace: '',
    plan: 'plans/p',
    caller: 'ann',
    approve: null,
    approvalMs: 1_000,
    variables: {},
    delegatedBy: 'agents/supervisor',
    messageId: taskId,
    delegatedAt: at,
  };
  await system.startChild('tasks', { template: 'task', id: `p.${taskId}`, input: order });
  await system.ref('router').tell({ type: 'ROUTE', planId: 'p', taskId, agent: named, capability: null, form: 'words', delegatedBy: 'x', messageId: taskId });
  tasks.push(taskId);
}

async function join({ system }: World, name: Guest): Promise<void> {
  await system.startChild('agents', { template: 'guest', id: name, input: { name, owner: name } });
  await system.ref(`agents/${name}`).ask({ type: 'JOIN', owner: name, membership: null, title: name, capabilities: [], leaseMs: LEASE_MS }, { timeoutMs: 60_000 });
}

async function report({ system, taken }: World, name: Guest, id: string, epoch: number): Promise<void> {
  const { turns, agent } = await taskOf(system, id);
  const message = { type: 'REPORT', agent: name, epoch, outcome: { status: 'succeeded', result: name } };
  const answer = (await system.ref(`tasks/p.${id}`).ask(message, { timeoutMs: 60_000 })) as HolderAnswer;
  if (answer.ok && !answer.repeated) expect([name, epoch]).toEqual([agent, turns]);
  if (answer.ok && !answer.repeated) taken.set(id, [...(taken.get(id) ?? []), `${name} ${epoch}`]);
}

/** What clients learn by asking. */
function look({ system, seen }: World): void {
  for (const name of GUESTS) {
    const held = contextOf(system, name)?.held;
    if (held) seen.set(name, (seen.get(name) ?? new Set<string>()).add(`${held.task.slice(2)} ${held.epoch}`));
  }
}

async function take(world: World, given: Step): Promise<void> {
  const { services } = world;
  switch (given.does) {
    case 'join':
      return join(world, given.guest);
    case 'hear': {
      const membership = contextOf(world.system, given.guest)?.membership;
      if (membership !== undefined) await world.system.ref(`agents/${given.guest}`).tell({ type: 'HEARD', membership });
      return;
    }
    case 'leave':
      if (contextOf(world.system, given.guest) !== undefined) await world.system.ref(`agents/${given.guest}`).ask({ type: 'LEAVE', why: 'so' }, { timeoutMs: 60_000 });
      return;
    case 'submit':
      return submit(world, given.named);
    case 'report': {
      const known = [...(world.seen.get(given.guest) ?? [])].reverse();
      const [id, epoch] = known[given.pick % Math.max(1, known.length)]?.split(' ') ?? [];
      if (id !== undefined) await report(world, given.guest, id, Number(epoch));
      return;
    }
    case 'pass':
      services.clock.advance(given.ms);
      return;
    case 'restart':
      await world.system.stop();
      world.system = await started(services, world.store);
  }
}

/** Never two holders under the epoch that counts. */
async function checkHolders({ system, tasks }: World): Promise<void> {
  for (const id of tasks) {
    const { turns } = await taskOf(system, id);
    const holders = GUESTS.filter((name) => contextOf(system, name)?.held?.task === `p.${id}` && contextOf(system, name)?.held?.epoch === turns);
    expect(holders.length, `${id} under ${turns} is held by ${holders.join(' and ')}`).toBeLessThanOrEqual(1);
  }
}

/** Everybody comes back and works until nothing is left. */
async function workOff(world: World): Promise<void> {
  for (const name of GUESTS) await join(world, name);
  for (let lap = 0; lap < MOST_LAPS; lap += 1) {
    await settle(TURNS);
    look(world);
    const held = GUESTS.flatMap((name) => {
      const work = contextOf(world.system, name)?.held;
      return work ? [{ name, id: work.task.slice(2), epoch: work.epoch }] : [];
    });
    if (held.length === 0) return;
    for (const { name, id, epoch } of held) await report(world, name, id, epoch);
  }
}

it('no task is lost and none is done twice, whoever joins, is silent, leaves, reports late or twice, and whenever the node restarts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
      const services = testServices();
      const store = memoryStore();
      const world: World = { system: await started(services, store), services, store, seen: new Map(), taken: new Map(), tasks: [] };
      for (const given of steps) {
        await take(world, given);
        await settle(TURNS);
        look(world);
        await checkHolders(world);
      }
      await workOff(world);
      for (const id of world.tasks) {
        expect([id, (await taskOf(world.system, id)).status]).toEqual([id, 'succeeded']);
        expect([id, world.taken.get(id)?.length]).toEqual([id, 1]);
      }
      await world.system.stop();
    }),
    { numRuns: count(15, 300) },
  );
}, 60_000);
