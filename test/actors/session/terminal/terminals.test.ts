// One contract for all terminals, each the real thing.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { chooseTerminal, findExecutable, openTerminal, tmuxSocket } from '../../../../actors/session/choose-terminal.ts';
import { findOwned } from '../../../../actors/session/owned-processes.ts';
import { identifyProcess, isRunning } from '../../../../actors/session/process-identity.ts';
import { type RunningTerminal, TERMINAL_KINDS, type Terminal, type TerminalKind } from '../../../../actors/session/terminal.ts';
import { systemClock } from '../../../../runtime/clock.ts';
import { eventually, privateFolder } from '../private-folder.ts';

const folder = privateFolder();
const env = { PATH: '/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8', TERM: 'xterm-256color' };
const which = (binary: string) => findExecutable(binary, env.PATH);

async function open(kind: TerminalKind, ownerToken: string): Promise<Terminal> {
  const choice = await chooseTerminal({ env: { TROUPE_TERMINAL: kind }, which });
  return openTerminal(choice, { clock: systemClock, dataDir: folder, instance: 'test', ownerToken, env });
}

describe.each(TERMINAL_KINDS)('a %s terminal', (kind) => {
  const token = randomUUID();
  let terminal: Terminal;
  const running: RunningTerminal[] = [];
  let exits: string[] = [];

  async function start(script: string, name = 'claude-testing', more: Record<string, string> = {}) {
    terminal ??= await open(kind, token);
    const mine: string[] = [];
    exits = mine;
    const started = await terminal.start({ name, argv: ['/bin/sh', '-c', script], env: { ...env, TROUPE_OWNER: token, ...more }, cwd: folder, onExit: (how) => mine.push(how) });
    running.push(started);
    return started;
  }

  afterEach(async () => {
    for (const one of running.splice(0)) await one.end(100);
  });
  afterAll(async () => {
    await terminal.close();
    expect(findOwned(token)).toEqual([]);
  });

  it('has ended when everybody in its group has, not only the one who leads it', async () => {
    // The one who leads it goes with SIGTERM, the others only with SIGKILL.
    const many = await start("for each in $(seq 60); do (trap '' TERM; exec sleep 60) & done; wait");
    await eventually(() => findOwned(token).filter(({ command }) => command === 'sleep 60').length === 60);
    await many.end(50);
    expect(findOwned(token).filter(({ command }) => command === 'sleep 60')).toEqual([]);
  });

  it('runs in the given folder with the given environment and nothing of ours', async () => {
    process.env.TROUPE_TEST_SECRET = 'leak';
    const started = await start('pwd; echo "<$GREETING><$TROUPE_TEST_SECRET>"; sleep 60', undefined, { GREETING: 'a b;' });
    delete process.env.TROUPE_TEST_SECRET;
    const screen = await eventually(async () => ((await started.screen()).includes('<') ? started.screen() : null));
    expect(screen).toContain('<a b;><>');
    expect(screen).toContain(folder);
  });

  it('says once that its process ended', async () => {
    await start('exit 3');
    await eventually(() => exits.length > 0);
    await systemSleep(300);
    expect(exits).toHaveLength(1);
  });

  it('ends the whole group, also what ignores SIGTERM', async () => {
    const started = await start(`trap '' TERM; sleep 61 & echo up; while :; do sleep 0.05; done`);
    await eventually(async () => (await started.screen()).includes('up'));
    await started.end(100);
    await eventually(() => findOwned(token).every(({ command }) => command.includes('tmux')));
    expect(identifyProcess(started.pid)).toBeNull();
    expect(isRunning(started)).toBe(false);
    await eventually(() => exits.length === 1);
    await started.end(100);
  });

  it('takes what a person types', async () => {
    const started = await start('read line; echo "got $line"; sleep 60');
    await started.write('hello there\n');
    await eventually(async () => (await started.screen()).includes('got hello there'));
  });
});

describe('tmux', () => {
  it('keeps to its private socket, replaces only what carries its token, and leaves no socket behind', async () => {
    const token = randomUUID();
    const terminal = await open('tmux', token);
    const options = { name: 'claude-a', argv: ['/bin/sleep', '60'] as [string, string], env: { ...env, TROUPE_OWNER: token }, cwd: folder, onExit: () => {} };
    const first = await terminal.start(options);
    const second = await terminal.start(options);
    expect(isRunning(first)).toBe(false);
    const socket = tmuxSocket(folder, 'test');
    const foreign = ['-S', socket, 'new-session', '-d', '-s', 'claude-b', '-e', 'TROUPE_OWNER=other', 'sleep', '60'];
    execFileSync('tmux', foreign, { env });
    await expect(terminal.start({ ...options, name: 'claude-b' })).rejects.toMatchObject({ code: 'TerminalFailed' });
    await second.end(100);
    await terminal.close();
    expect(execFileSync('tmux', ['-S', socket, 'list-sessions', '-F', '#{session_name}'], { env, encoding: 'utf8' }).trim()).toBe('claude-b');
    execFileSync('tmux', ['-S', socket, 'kill-session', '-t', 'claude-b'], { env });
    await terminal.close();
    expect(existsSync(socket)).toBe(false);
  });

  it('names an attach command that works', async () => {
    const token = randomUUID();
    const terminal = await open('tmux', token);
    const started = await terminal.start({
      name: 'claude-a',
      argv: ['/bin/sh', '-c', 'echo see me; sleep 60'],
      env: { ...env, TROUPE_OWNER: token },
      cwd: folder,
      onExit: () => {},
    });
    const [binary, ...args] = started.attachCommand ?? [];
    const viewer = await (await open('pty', token)).start({
      name: 'viewer',
      argv: [binary as string, ...args],
      env: { ...env, TROUPE_OWNER: token },
      cwd: folder,
      onExit: () => {},
    });
    await eventually(async () => (await viewer.screen()).includes('see me'));
    await viewer.end(200);
    expect(isRunning(started)).toBe(true);
    await started.end(200);
    await terminal.close();
  });
});

describe('the choice of a terminal', () => {
  const pty = async () => ({
    spawn: () => {
      throw new Error('not spawned here');
    },
  });
  it.each([
    ['tmux', '/usr/bin/tmux', pty, 'tmux', '/usr/bin/tmux is there'],
    ['node-pty without tmux', null, pty, 'pty', 'tmux is not in PATH'],
    ['pipes without both', null, async () => null, 'pipes', 'tmux is not in PATH, and node-pty is not installed'],
  ])('is %s', async (_name, found, loadPty, kind, why) => {
    expect(await chooseTerminal({ env: {}, which: () => found, loadPty })).toMatchObject({ kind, why });
  });

  it('refuses a kind that the machine lacks, and a word that is no kind', async () => {
    const lacking = { which: () => null, loadPty: async () => null };
    for (const wanted of ['tmux', 'pty', 'tumx']) await expect(chooseTerminal({ env: { TROUPE_TERMINAL: wanted }, ...lacking })).rejects.toMatchObject({ code: 'TerminalFailed' });
  });

  it('keeps the socket short enough for the system', () => {
    expect(tmuxSocket('/data', 'i')).toBe('/data/tmux.sock');
    expect(tmuxSocket(join('/data', 'x'.repeat(120)), 'i').length).toBeLessThan(107);
  });
});

function systemSleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
