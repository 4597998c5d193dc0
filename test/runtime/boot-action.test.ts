// What a node does with everything that it may find on disk: the table, over the whole product of persisted states, and a real start
// over one actor for each of them, which does what the table says.
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { type ActorAction, actorAction, childAction, effectAction, mailAction, timerAction } from '../../runtime/boot-action.ts';
import { type ActorRow, effect, type MemoryStore, memoryStore, SimulatedClock } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { envelope } from '../support/commit-batches.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const ACTORS = [
  { name: 'a spec and no row', spec: true, row: 'none', fits: true },
  { name: 'a row that fits', spec: true, row: 'active', fits: true },
  { name: 'a row that does not fit', spec: true, row: 'active', fits: false },
  { name: 'a quarantined row that fits by now', spec: true, row: 'quarantined', fits: true },
  { name: 'a quarantined row that does not fit', spec: true, row: 'quarantined', fits: false },
  { name: 'a row without a spec', spec: false, row: 'active', fits: true },
  { name: 'neither row nor spec', spec: false, row: 'none', fits: true },
] as const;
const MAILS = [
  { name: 'no mail' },
  { name: 'queued mail', state: 'queued', spent: false, expired: false },
  { name: 'mail without an attempt left', state: 'queued', spent: true, expired: false },
  { name: 'expired mail', state: 'queued', spent: false, expired: true },
  { name: 'postponed mail', state: 'postponed', spent: false, expired: false },
] as const;
const EFFECTS = [
  { name: 'no effect' },
  { name: 'a scheduled effect', state: 'scheduled', idempotent: false },
  { name: 'a started effect that may run again', state: 'started', idempotent: true },
  { name: 'a started effect that may not', state: 'started', idempotent: false },
  { name: 'a result', state: 'settled', idempotent: false },
] as const;
const TIMERS = [{ name: 'no timer' }, { name: 'a due timer', due: true }, { name: 'a timer for later', due: false }] as const;

const PRODUCT = ACTORS.flatMap((actor) => MAILS.flatMap((mail) => EFFECTS.flatMap((work) => TIMERS.map((timer) => ({ actor, mail, work, timer })))));
type Found = (typeof PRODUCT)[number];

describe('the table of boot actions', () => {
  it('never gives up what belongs to an actor that may not run, and never runs for it (K29)', () => {
    for (const actor of ['quarantine', 'hold'] as const) {
      for (const mail of MAILS) if ('state' in mail) expect(mailAction(actor, mail)).toBe('hold');
      for (const work of EFFECTS) if ('state' in work) expect(effectAction(actor, work)).toBe('hold');
      for (const timer of TIMERS) if ('due' in timer) expect(timerAction(actor, timer)).toBe('hold');
    }
  });

  it('never starts a new incarnation over a row, but where the spec wants a restart from input (K29)', () => {
    for (const { spec, row, fits } of ACTORS) {
      expect(actorAction({ spec, row, fits, anew: false })).toBe(spec ? (row === 'none' ? 'begin' : fits ? 'restore' : 'quarantine') : 'hold');
      if (spec) expect(actorAction({ spec, row, fits, anew: true })).toBe('begin');
    }
    expect(actorAction({ spec: true, row: 'done', fits: true, anew: false })).toBe('begin');
  });

  it('lets rows sleep that nothing waits for, whether or not they could be started (K29)', () => {
    expect([true, false].map((template) => childAction({ template, wanted: false }))).toEqual(['sleep', 'sleep']);
  });

  it('never runs again what may not be repeated (K29)', () => {
    expect(EFFECTS.flatMap((work) => ('state' in work ? [effectAction('restore', work)] : []))).toEqual(['run', 'run', 'ask', 'deliver']);
  });
});

const T0 = new SimulatedClock().now();
const HOUR = 3_600_000;
const runs = new Set<string>();

const work = effect({
  idempotent: ({ safe }: { safe: boolean }) => safe,
  run: ({ key }: { key: string }) => {
    runs.add(key);
    return new Promise<never>(() => undefined);
  },
});
const logic = setup({
  types: { context: {} as { seen: string[] } },
  actors: { work },
  actions: { note: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) },
}).createMachine({
  id: 'm',
  context: { seen: [] },
  initial: 'idle',
  on: { ADD: { actions: 'note' }, TICK: { actions: 'note' } },
  states: {
    idle: { on: { SAFE: 'safe', UNSAFE: 'unsafe' } },
    safe: { invoke: { id: 'w', src: 'work', input: { safe: true }, onDone: 'answered', onError: 'interrupted' } },
    unsafe: { invoke: { id: 'w', src: 'work', input: { safe: false }, onDone: 'answered', onError: 'interrupted' } },
    answered: {},
    interrupted: {},
  },
});
const spec = (id: string, version: number) => worker(id, logic, { durable: true, version, postpone: ['LATER'] });

/** Rows as a node writes them: of an actor at rest, and of one in each state that has an effect. */
async function written(): Promise<Readonly<Record<'idle' | 'safe' | 'unsafe', ActorRow>>> {
  const store = memoryStore();
  const node = await startNode([spec('idle', 1), spec('safe', 1), spec('unsafe', 1)], { store });
  await node.tell('safe', { type: 'SAFE' });
  await node.tell('unsafe', { type: 'UNSAFE' });
  await settle();
  await node.system.stop();
  return { idle: store.actors.get('idle') as ActorRow, safe: store.actors.get('safe') as ActorRow, unsafe: store.actors.get('unsafe') as ActorRow };
}

function put(store: MemoryStore, address: string, seq: number, { actor, mail, work, timer }: Found, rows: Awaited<ReturnType<typeof written>>): void {
  const model = 'state' in work ? (work.idempotent ? rows.safe : rows.unsafe) : rows.idle;
  if (actor.row !== 'none') store.actors.put({ ...model, address, version: actor.fits ? '1' : '0', status: actor.row });
  const type = 'state' in mail && mail.state === 'postponed' ? 'LATER' : 'ADD';
  const expiry = 'state' in mail && mail.expired ? { expiresAt: T0 - 1 } : {};
  if ('state' in mail)
    store.mail.put({ seq, state: mail.state, attempts: mail.spent ? 3 : 0, envelope: envelope(address, { id: `mail ${seq}`, message: { type }, sentAt: T0, ...expiry }) });
  if ('state' in work) {
    const settled = work.state === 'settled' ? { outcome: 'done' as const, result: '{"type":"xstate.done.actor.w","output":1,"actorId":"w"}' } : { outcome: null, result: null };
    const input = JSON.stringify({ safe: work.idempotent });
    store.effects.put({
      key: `effect ${address}`,
      address,
      incarnation: 1,
      epoch: 1,
      seq,
      childId: 'w',
      src: 'work',
      input,
      idempotent: work.idempotent,
      state: work.state,
      ...settled,
    });
  }
  const dueAt = 'due' in timer && timer.due ? T0 - HOUR : T0 + HOUR;
  if ('due' in timer) store.timers.put({ address, key: 'tick', incarnation: 1, generation: 1, dueAt, delayMs: 2 * HOUR, to: address, event: '{"type":"TICK"}' });
}

/** What became of it, in the words of the table. */
function seen(node: KernelNode, address: string, seq: number, found: Found) {
  const { store, system } = node;
  const there = system.inspect(address);
  const held = there?.state === 'quarantined';
  const letter = system.deadLetters().find(({ envelope: { id } }) => id === `mail ${seq}`)?.reason;
  const context = (there?.context as { seen?: string[] } | null)?.seen ?? [];
  const actor: ActorAction = held ? (there.why.startsWith('nothing') ? 'hold' : 'quarantine') : there?.incarnation === 1 || there?.epoch === 2 ? 'restore' : 'begin';
  const mailRow = store.mail.get(seq);
  const mail =
    letter === 'poisoned'
      ? 'bury'
      : letter === 'expired'
        ? 'expire'
        : context.includes('ADD')
          ? 'offer'
          : held && mailRow !== undefined
            ? 'hold'
            : mailRow?.state === 'postponed'
              ? 'keep_postponed'
              : 'lost';
  const effectRow = store.effects.get(`effect ${address}`);
  const done = there?.value === 'answered' ? 'deliver' : there?.value === 'interrupted' ? 'ask' : runs.has(`effect ${address}`) ? 'run' : undefined;
  const work = done ?? (effectRow === undefined ? 'drop' : held ? 'hold' : 'lost');
  const timerRow = store.timers.get(`${address} tick`);
  const timer = context.includes('TICK') ? 'fire' : timerRow === undefined ? 'drop' : held ? 'hold' : there?.timers.length === 1 ? 'arm' : 'lost';
  return { actor, mail: 'state' in found.mail ? mail : '-', work: 'state' in found.work ? work : '-', timer: 'due' in found.timer ? timer : '-' };
}

function expected({ actor, mail, work, timer }: Found) {
  const action = actorAction({ ...actor, anew: false });
  return {
    actor: action,
    mail: 'state' in mail ? mailAction(action, mail) : '-',
    work: 'state' in work ? effectAction(action, work) : '-',
    timer: 'due' in timer ? timerAction(action, timer) : '-',
  };
}

const nothing = ({ actor, mail, work, timer }: Found): boolean => !actor.spec && actor.row === 'none' && !('state' in mail || 'state' in work || 'due' in timer);

describe('a start', () => {
  it('does with each of them what the table says (K29)', async () => {
    const rows = await written();
    const store = memoryStore();
    const clock = new SimulatedClock();
    const cases = PRODUCT.filter((found) => !nothing(found)).map((found, index) => ({ found, address: `c${index}`, seq: index + 1 }));
    for (const { found, address, seq } of cases) put(store, address, seq, found, rows);
    store.counters = { ...store.counters, mail: cases.length, effect: cases.length, incarnation: 1 };
    const children = cases.flatMap(({ found: { actor }, address }) => (actor.spec ? [spec(address, 1)] : []));
    const node = await startNode(children, { store, clock });
    await node.pass(0);
    await settle(400);
    const became = cases.map(({ found, address, seq }) => ({ address, ...seen(node, address, seq, found) }));
    expect(became).toEqual(cases.map(({ found, address }) => ({ address, ...expected(found) })));
    expect(cases).toHaveLength(7 * 5 * 5 * 3 - 1);
  });

  it.each([
    { template: true, wanted: true },
    { template: false, wanted: true },
  ])('of a dynamic supervisor does with a row (%o) what the table says (K29)', async (found) => {
    const store = memoryStore();
    const templates = { t: (_: unknown, id: string) => worker(id, recorder, { durable: true }) };
    store.children.put({ parent: 'd', id: 'x', seq: 1, template: 't', input: 'null', incarnation: 1 });
    store.mail.put({ seq: 1, state: 'queued', attempts: 0, envelope: envelope('d/x', { message: { type: 'ONE' } }) });
    store.counters = { ...store.counters, mail: 1, child: 1, incarnation: 1 };
    const node = await startNode([dynamicSupervisor('d', { durable: true, templates: found.template ? templates : {} })], { store });
    const there = node.system.inspect('d/x');
    const became = there?.state === 'running' ? 'start' : there?.state === 'quarantined' ? 'hold' : 'sleep';
    expect(became).toBe(childAction(found));
    expect(store.children.get('d x')).toBeDefined();
  });
});
