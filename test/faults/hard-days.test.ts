// Days that are rare and come at once: an actor that dies over and over, a hundred thousand timers due in one instant, a clock that is
// set back, messages that no step survives. Each on the shipped journal.
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { type Clock, createSystem, fact, SimulatedClock, type System, sqliteJournal, systemClock, tell } from '../../runtime/index.ts';
import { supervisor, worker } from '../../supervisors/index.ts';
import { count, randomFrom, SEED } from '../support/length.ts';
import { eventually } from '../support/node-process.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';
import { ledgerProgram } from './built-copy.ts';
import { LedgerClient } from './ledger-client.ts';
import { ACCOUNTS } from './ledger-words.ts';

const STORM = count(100, 2_000);
const POISONED_LIVES = count(6, 60);
const SETTERS = 100;
const TIMERS_EACH = 1_000;
const HOUR_MS = 3_600_000;

/** Sets as many timers as it is told, each of which tells the bell its own number. */
const setter = setup({ types: { context: {} as { name: string }, events: {} as { type: 'SET'; count: number; delayMs: number }, input: {} as { name: string } } }).createMachine({
  context: ({ input }) => ({ name: input.name }),
  on: {
    SET: {
      actions: Array.from({ length: TIMERS_EACH }, (_, n) =>
        tell('bell', ({ context }: { context: { name: string } }) => ({ type: 'RING', ring: `${context.name}.${n}` }), { delay: HOUR_MS }),
      ) as never,
    },
  },
});
const bell = setup({ types: { context: {} as { rung: number }, events: {} as { type: 'RING'; ring: string } } }).createMachine({
  context: { rung: 0 },
  on: { RING: { actions: [assign({ rung: ({ context }) => context.rung + 1 }), fact('rung', ({ event }) => ({ ring: event.ring }))] } },
});

async function started(dir: string, clock: Clock): Promise<System> {
  const setters = Array.from({ length: SETTERS }, (_, n) => worker(`s${n}`, setter, { durable: true, input: { name: `s${n}` } }));
  const system = await createSystem({
    name: 'hard',
    clock,
    journal: sqliteJournal({ dir }),
    root: supervisor({ children: [worker('bell', bell, { durable: true }), ...setters] }),
  });
  await system.start();
  return system;
}

/** What the bell rang, over all lives. */
async function rung(system: System): Promise<readonly string[]> {
  const rings: string[] = [];
  for (let after = 0; ; ) {
    const page = await system.journal.facts({ after, limit: 5_000 });
    for (const { kind, body } of page) if (kind === 'rung') rings.push((JSON.parse(body) as { ring: string }).ring);
    if (page.length === 0) return rings;
    after += page.length;
  }
}

const setAll = (system: System) => Promise.all(Array.from({ length: SETTERS }, (_, n) => system.ref(`s${n}`).tell({ type: 'SET' })));

describe('a hundred thousand timers', () => {
  it('that fall due at once, while nobody runs, fire once each (G5)', async () => {
    const dir = privateFolder();
    const first = await started(dir, new SimulatedClock(systemClock.now() - 2 * HOUR_MS));
    await setAll(first);
    await first.stop();
    const second = await started(dir, systemClock);
    const isDone = (): boolean => ((second.inspect('bell')?.context as { rung: number } | undefined)?.rung ?? 0) >= SETTERS * TIMERS_EACH;
    await eventually('every timer has fired', isDone, 300_000);
    await settle();
    const rings = await rung(second);
    await second.stop();
    expect([rings.length, new Set(rings).size]).toEqual([SETTERS * TIMERS_EACH, SETTERS * TIMERS_EACH]);
  });
});

describe('a clock that is set back by an hour', () => {
  it.each([
    [
      'while the node runs',
      async (system: System, clock: SimulatedClock) => {
        clock.stepWall(-HOUR_MS);
        return system;
      },
    ],
    [
      'while nobody runs',
      async (system: System, clock: SimulatedClock, dir: string) => {
        await system.stop();
        clock.stepWall(-HOUR_MS);
        return started(dir, clock);
      },
    ],
  ])('%s makes no timer early, none later than its delay, none double; an id that was taken stays taken (G2, G5)', async (_when, step) => {
    const [dir, clock] = [privateFolder(), new SimulatedClock()];
    const first = await started(dir, clock);
    await first.ref('s0').tell({ type: 'SET' }, { id: 'once' });
    clock.advance(HOUR_MS / 2);
    const system = await step(first, clock, dir);
    await system.ref('s0').tell({ type: 'SET' }, { id: 'once' });
    clock.advance(HOUR_MS / 2 - 1);
    await settle();
    expect((await rung(system)).length).toBe(0);
    clock.advance(HOUR_MS / 2 + 1);
    await settle(400);
    const rings = await rung(system);
    await system.stop();
    expect([rings.length, new Set(rings).size]).toEqual([TIMERS_EACH, TIMERS_EACH]);
  });
});

describe('an actor that is killed over and over under load', () => {
  it('is there again each time; nothing is lost or doubled, and no other actor is restarted (G1, G2, G6)', async () => {
    const client = new LedgerClient({ program: ledgerProgram(), dir: privateFolder(), random: randomFrom(SEED) });
    const node = client.start(8);
    await node.ready();
    for (let kill = 0; kill < STORM; kill += 1) {
      client.give(node, 2);
      node.killActor(ACCOUNTS[0] ?? '');
      // Until it has said something else: the next one meets an actor that is there again.
      await node.state();
    }
    await client.settle(node);
    expect(client.refusals).toEqual([]);
    const restarts = await node.restarts();
    await node.stop();
    expect(await client.flaws()).toEqual([]);
    expect([restarts.get(ACCOUNTS[0] ?? ''), [...restarts].filter(([name, times]) => name !== ACCOUNTS[0] && times > 0)]).toEqual([expect.any(Number), []]);
    expect(restarts.get(ACCOUNTS[0] ?? '')).toBeGreaterThan(STORM / 2);
  });
});

describe('messages that no step survives, between others, in a process that is killed again and again', () => {
  it('end as dead letters with their error, each once; the others are there once each (G1, G2, G7)', async () => {
    const dir = privateFolder();
    const client = new LedgerClient({ program: ledgerProgram(), dir, random: randomFrom(SEED) });
    let given = 0;
    for (let life = 0; life < POISONED_LIVES; life += 1) {
      const node = client.start(1);
      await node.ready();
      const before = client.heard;
      client.giveAgain(node);
      for (let n = 0; n < 4; n += 1) {
        client.give(node, 3);
        client.givePoison(node, given++);
      }
      await eventually('an order is accepted', () => client.heard > before, 30_000);
      await node.kill();
    }
    const node = client.start(8);
    await node.ready();
    await client.settle(node);
    const dead = await eventually('every poison is a dead letter', async () => allOf(await node.deadLetters(), given), 60_000);
    await node.stop();
    expect([...dead].sort()).toEqual([...client.poisons].map((id) => `poisoned ${id}`).sort());
    expect(await client.flaws()).toEqual([]);
  });
});

const allOf = (letters: readonly string[], most: number): readonly string[] | undefined => (letters.length >= most ? letters : undefined);
