// Five hundred approvals that wait, a node that is killed, and three days in which nobody looks.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { setup } from 'xstate';
import { approvalTemplate } from '../../actors/approval/approval.ts';
import { createSystem, SimulatedClock, type System, sqliteJournal } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { approvalOrder, HASH } from '../support/approvals.ts';
import { startProgram } from '../support/child-program.ts';
import { decide } from '../support/decide.ts';
import { eventually, ROOT } from '../support/node-process.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';
import { testServices } from '../support/work-services.ts';

const COUNT = 500;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The first of them was opened that much before the last, and time goes by hour by hour. */
const OPENING_MS = 60_000;
const built = (file: string): string => join(ROOT, 'dist', file);

/** The program opens them and is killed without any warning. */
async function openAndKill(dir: string): Promise<number> {
  const args = [join(ROOT, 'test/faults/pending-program.mjs'), built('gateway/embed.js'), built('actors/approval/approval.js'), dir, String(COUNT)];
  const child = startProgram(process.execPath, [...args, JSON.stringify(approvalOrder('HIGH'))], { cwd: ROOT, env: process.env });
  const { at } = await child.until((it) => (it.stdout().includes('}') ? (JSON.parse(it.stdout()) as { at: number }) : undefined), 60_000);
  child.signal('SIGKILL');
  expect((await child.ended(10_000)).signal).toBe('SIGKILL');
  return at;
}

/** The next node on the same journal, on a clock that goes on where the killed one's stopped. */
async function nextNode(dir: string, clock: SimulatedClock) {
  const told: string[] = [];
  const request = setup({}).createMachine({
    on: { '*': { actions: ({ event }) => void told.push(`${event.type} ${String((event as { decision?: string }).decision ?? '')}`.trim()) } },
  });
  const system = await createSystem({
    name: 'pending',
    clock,
    journal: sqliteJournal({ dir }),
    root: supervisor({
      children: [
        dynamicSupervisor('requests', { durable: true, templates: { request: (_input, id) => worker(id, request, { durable: true, version: 1 }) } }),
        dynamicSupervisor('approvals', { durable: true, templates: { approval: approvalTemplate(testServices(clock)) } }),
      ],
    }),
  });
  await system.start();
  await settle(200);
  const facts = async (kind: string) =>
    (await system.journal.facts({ after: 0, limit: 1_000_000 })).filter((row) => row.kind === kind).map((row) => ({ at: row.at, body: JSON.parse(row.body) }));
  return { system, facts, told };
}

/** Timers of actors that have left memory are read as time goes by. */
async function hours(clock: SimulatedClock, count: number): Promise<void> {
  for (let hour = 0; hour < count; hour += 1) {
    clock.advance(HOUR);
    await settle(30);
  }
}

async function rowsOf(system: System): Promise<number> {
  const { children } = await system.childPage('approvals', { after: 0, limit: 1_000 });
  return children.length;
}

it('five hundred that wait outlive a kill and three days: all there, timers right, none decided by itself; the first that is approved is used', async () => {
  const dir = join(privateFolder(), 'data');
  const killedAt = await openAndKill(dir);
  const clock = new SimulatedClock(killedAt);
  const { system, facts } = await nextNode(dir, clock);
  await hours(clock, 3 * 24);
  await eventually('every one is asked of a second person', async () => (await facts('approval.escalated')).length === COUNT);
  expect(await facts('approval.requested')).toHaveLength(COUNT);
  expect(await facts('approval.decided')).toEqual([]);
  expect(await rowsOf(system)).toBe(COUNT);
  // The second rung of HIGH is asked four hours after the opening, once.
  const requested = new Map((await facts('approval.requested')).map(({ body }) => [body.id, body.requestedAt as number]));
  const escalated = await facts('approval.escalated');
  expect(new Set(escalated.map(({ body }) => body.id)).size).toBe(COUNT);
  expect(escalated).toHaveLength(COUNT);
  for (const { at, body } of escalated) {
    expect(at - (requested.get(body.id) ?? 0)).toBeGreaterThanOrEqual(4 * HOUR);
    expect(at - (requested.get(body.id) ?? 0)).toBeLessThanOrEqual(5 * HOUR + OPENING_MS);
  }
  const first = system.ref('approvals/p.t.0.1.0');
  expect(await first.ask(decide('approve', { actionHash: HASH }), { timeoutMs: 60_000 })).toMatchObject({ ok: true, state: 'granted' });
  expect(await first.ask({ type: 'USE', actionHash: HASH, epoch: 1, use: 1 }, { timeoutMs: 60_000 })).toEqual({ ok: true });
  await hours(clock, 4 * 24 + 1);
  await eventually('every other one is expired', async () => (await facts('approval.decided')).length === COUNT);
  const ends = await facts('approval.decided');
  expect(ends.filter(({ body }) => body.decision === 'expired')).toHaveLength(COUNT - 1);
  for (const { at, body } of ends.filter((one) => one.body.decision === 'expired')) expect(at - (requested.get(body.id) ?? 0)).toBeGreaterThanOrEqual(7 * DAY);
  await system.stop();
});
