import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { endOfSession, endOwned, findOwned, ownPrefix } from '../../../actors/session/owned-processes.ts';
import { identifyProcess, isRunning, signalProcess } from '../../../actors/session/process-identity.ts';
import { sessionPlace } from '../../../actors/session/session-place.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { eventually } from './private-folder.ts';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function start(script: string, env: Record<string, string>): Promise<number> {
  const child = spawn('/bin/sh', ['-c', script, 'troupe-host', 'TROUPE_OWNER=look-alike'], {
    env: { PATH: '/usr/bin:/bin', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.push(child);
  return new Promise((resolve) => child.stdout?.once('data', () => resolve(child.pid as number)));
}

const wait = 'echo up; while :; do sleep 0.05; done';

describe('owned processes', () => {
  it('are those that carry the exact token, whatever their names and arguments say', async () => {
    const token = randomUUID();
    const ours = await start(wait, { TROUPE_OWNER: token });
    const foreign = await start(wait, { TROUPE_OWNER: `${token}x`, OTHER: `TROUPE_OWNER=${token}` });
    const found = findOwned(token).map(({ pid }) => pid);
    expect(found).toContain(ours);
    expect(found).not.toContain(foreign);
  });

  it('are ended with what they forked, in sessions of their own too; a look-alike stays', async () => {
    const token = randomUUID();
    await start(`setsid sh -c '${wait}' & ${wait}`, { TROUPE_OWNER: token });
    const foreign = await start(wait, { TROUPE_OWNER: 'somebody else' });
    const ended = await endOwned(token, { clock: systemClock, graceMs: 2_000 });
    expect(ended.length).toBeGreaterThanOrEqual(2);
    expect(findOwned(token)).toEqual([]);
    expect(identifyProcess(foreign)).not.toBeNull();
  });

  it('of a session that is spared stay, its host and what it started; all others are ended', async () => {
    const [token, session, temporary] = [randomUUID(), randomUUID(), `/tmp/${ownPrefix(randomUUID())}${randomUUID()}`];
    const host = await start(wait, { TROUPE_OWNER: token, TROUPE_SESSION: session });
    const step = await start(wait, { TMPDIR: `${temporary}/step-a1` });
    const other = await start(wait, { TROUPE_OWNER: token, TROUPE_SESSION: randomUUID() });
    const ended = await endOwned(token, { clock: systemClock, graceMs: 2_000, spare: [{ ownerToken: token, session, temporary }] });
    expect(ended.map(({ pid }) => pid)).toContain(other);
    expect([host, step].map((pid) => identifyProcess(pid) !== null)).toEqual([true, true]);
  });

  it('are killed when they ignore SIGTERM, and spared when excepted', async () => {
    const token = randomUUID();
    const stubborn = await start(`trap '' TERM; ${wait}`, { TROUPE_OWNER: token });
    const spared = await start('echo up; exec sleep 60', { TROUPE_OWNER: token });
    const ended = await endOwned(token, { clock: systemClock, graceMs: 150, except: [spared] });
    expect(ended).toContainEqual(expect.objectContaining({ pid: stubborn, by: 'SIGKILL' }));
    expect(findOwned(token).map(({ pid }) => pid)).toEqual([spared]);
  });
});

describe('steps, which know no token', () => {
  const place = (token: string, temporaryDir = '/tmp') =>
    sessionPlace({ clock: systemClock, ownerToken: token, ticketDir: '/t', logDir: '/l', temporaryDir, url: () => '' }, 'testing');

  it("are of their node by the temporary folder of a session's step, also when they changed one of the two names of it", async () => {
    const [token, other] = [randomUUID(), randomUUID()];
    const step = `${place(token).temporary}/step-a1`;
    const ours = await Promise.all([{ TMPDIR: step, HOME: `${step}/home` }, { TMPDIR: '/tmp', HOME: `${step}/home` }, { TMPDIR: `${step}/own` }].map((env) => start(wait, env)));
    const foreign = [{ TMPDIR: `${place(other).temporary}/step-a1` }, { TMPDIR: '/tmp', NOTE: `TMPDIR=${step}` }, { TMPDIR: `/tmp/${ownPrefix(token)}` }];
    await Promise.all(foreign.map((env) => start(wait, env)));
    const found = findOwned(token).map(({ pid }) => pid);
    expect(ours.filter((pid) => !found.includes(pid))).toEqual([]);
    expect(found.filter((pid) => started.some((child) => child.pid === pid) && !ours.includes(pid))).toEqual([]);
  });

  it('end with their session, and those of another session stay', async () => {
    const token = randomUUID();
    const [one, two] = [place(token), place(token)];
    const mine = await start(`trap '' TERM; ${wait}`, { TMPDIR: `${one.temporary}/step-a1` });
    const others = await start(wait, { TMPDIR: `${two.temporary}/step-a1` });
    await endOfSession({ ownerToken: token, session: one.id, temporary: one.temporary }, { clock: systemClock, graceMs: 100 });
    expect([mine, others].map((pid) => identifyProcess(pid) !== null)).toEqual([false, true]);
  });
});

describe('a process', () => {
  it('is not mistaken for another one of the same pid', async () => {
    const pid = await start(wait, {});
    const identity = identifyProcess(pid);
    expect(identity && isRunning(identity)).toBe(true);
    const earlier = { pid, startTime: 1 };
    expect(isRunning(earlier)).toBe(false);
    expect(signalProcess(earlier, 'SIGKILL')).toBe(false);
    expect(isRunning(identity ?? earlier)).toBe(true);
  });

  it('is gone when only its zombie is left', async () => {
    // The shell has become another program before its child ends, so nobody reaps it.
    const pid = await start('sleep 0.3 & echo up; exec sleep 60', {});
    const children = await eventually(() => findChildren(pid));
    expect(children.every((child) => identifyProcess(child) === null)).toBe(true);
  });
});

async function findChildren(pid: number): Promise<number[] | null> {
  const { readFile } = await import('node:fs/promises');
  const list = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean).map(Number);
  const states = await Promise.all(list.map(async (child) => (await readFile(`/proc/${child}/stat`, 'utf8')).split(') ')[1]?.[0]));
  return list.length > 0 && states.every((state) => state === 'Z') ? list : null;
}
