// Real sessions: the system's supervisors, real terminals, the real host program, a real WebSocket.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { assign, setup } from 'xstate';
import {
  chooseTerminal,
  createHostDirectory,
  endOwned,
  findExecutable,
  findOwned,
  type HostDirectory,
  hostCommand,
  openTerminal,
  type SessionLauncher,
  sessionLauncher,
  sessionMachine,
  type TerminalKind,
} from '../../../actors/session/index.ts';
import { TERMINAL_KINDS } from '../../../actors/session/terminal.ts';
import type { RequestSubmission } from '../../../actors/work/ports.ts';
import { createSystem, type System, systemClock } from '../../../runtime/index.ts';
import { supervisor, worker } from '../../../supervisors/index.ts';
import { BUILD_MS, builtHost } from './built-host.ts';
import { eventually, privateFolder } from './private-folder.ts';

const folder = privateFolder();
const env = { PATH: '/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8', TERM: 'xterm-256color' };
let program = '';
beforeAll(() => {
  program = builtHost(folder);
}, BUILD_MS);

interface Fleet {
  readonly system: System;
  readonly launcher: SessionLauncher;
  readonly directory: HostDirectory;
  readonly token: string;
  readonly server: WebSocketServer;
  readonly dataDir: string;
  readonly events: () => string[];
  readonly submitted: RequestSubmission[];
}
const open: Fleet[] = [];

const hear = { actions: 'hear' } as const;
const listener = setup({
  types: { context: {} as { heard: { type: string }[] } },
  actions: { hear: assign({ heard: ({ context, event }) => [...(context as { heard: { type: string }[] }).heard, event] }) },
}).createMachine({ context: { heard: [] }, on: { SESSION_READY: hear, SESSION_LOST: hear } });

function serveHosts(directory: HostDirectory): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws', handleProtocols: () => 'jsonrpc' });
  server.on('connection', (socket) => {
    directory.accept({
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (listen) => void socket.on('message', (data) => listen(data.toString())),
      onClose: (listen) => void socket.on('close', listen),
    });
  });
  return new Promise((resolve) => server.once('listening', () => resolve(server)));
}

async function fleet(kind: TerminalKind, more: { readonly argv?: readonly [string, ...string[]]; readonly readyMs?: number } = {}): Promise<Fleet> {
  const token = randomUUID();
  const dataDir = join(folder, token.slice(0, 8));
  const submitted: RequestSubmission[] = [];
  const directory = createHostDirectory({
    clock: systemClock,
    heartbeatMs: 500,
    missedHeartbeats: 4,
    onSubmit: async (_agent, submission) => {
      submitted.push(submission);
      return { status: 'succeeded', exitCode: 0, stdout: 'one two\n' };
    },
    onMessage: async () => {},
  });
  const server = await serveHosts(directory);
  const { port } = server.address() as { port: number };
  const launcher = sessionLauncher({
    clock: systemClock,
    hosts: directory,
    ownerToken: token,
    ticketDir: join(dataDir, 'tickets'),
    logDir: join(dataDir, 'logs'),
    temporaryDir: folder,
    url: () => `ws://127.0.0.1:${port}/ws`,
    argv: more.argv ?? hostCommand(program),
    env,
    cwd: folder,
    readyMs: more.readyMs ?? 15_000,
    graceMs: 1_500,
    terminal: openTerminal(await chooseTerminal({ env: { TROUPE_TERMINAL: kind }, which: (binary) => findExecutable(binary, env.PATH) }), {
      clock: systemClock,
      dataDir,
      instance: 'test',
      ownerToken: token,
      env,
    }),
  });
  const terminal = worker(
    'terminal',
    sessionMachine(launcher, () => undefined),
    { input: { agent: 'testing' }, shutdownMs: 10_000 },
  );
  const system = await createSystem({
    name: 'test',
    root: supervisor({
      children: [
        supervisor('agents', { children: [worker('testing', listener)] }),
        supervisor('sessions', { children: [supervisor('testing', { intensity: 2, periodMs: 60_000, restart: 'temporary', children: [terminal] })] }),
      ],
    }),
  });
  await system.start();
  const events = () => ((system.inspect('agents/testing')?.context as { heard?: { type: string }[] } | undefined)?.heard ?? []).map(({ type }) => type);
  const made = { system, launcher, directory, token, server, dataDir, events, submitted };
  open.push(made);
  return made;
}

async function shut({ system, launcher, directory, server }: Fleet): Promise<void> {
  await system.stop();
  await launcher.close();
  directory.close();
  await new Promise((resolve) => server.close(resolve));
}

afterEach(async () => {
  for (const one of open.splice(0)) {
    await shut(one);
    expect(findOwned(one.token)).toEqual([]);
  }
});

const hostPid = ({ directory }: Fleet): number | undefined => directory.list()[0]?.pid;

describe.each(TERMINAL_KINDS)('a session in %s', (kind) => {
  it('is ready once the host inside has answered, and is replaced under a new epoch when it is killed', async () => {
    const one = await fleet(kind);
    const pid = await eventually(() => hostPid(one));
    await eventually(() => one.events().includes('SESSION_READY'));
    expect(one.launcher.terminal('testing')?.pid).toBe(pid);
    process.kill(pid, 'SIGKILL');
    const next = await eventually(() => (hostPid(one) !== pid ? hostPid(one) : undefined));
    expect(next).not.toBe(pid);
    await eventually(() => one.events().length === 3);
    expect(one.events()).toEqual(['SESSION_READY', 'SESSION_LOST', 'SESSION_READY']);
    expect(one.directory.list()[0]?.epoch).toBe(2);
  });

  it('ends in order with its supervisor and leaves neither process nor ticket', async () => {
    const one = await fleet(kind);
    await eventually(() => hostPid(one));
    await one.system.stop();
    expect(findOwned(one.token).filter(({ command }) => command.includes('main.js'))).toEqual([]);
    expect(readdirSync(join(one.dataDir, 'tickets'))).toEqual([]);
    expect(readFileSync(join(one.dataDir, 'logs', 'testing.log'), 'utf8')).toContain('ending: told to stop');
  });
});

describe('a host process', () => {
  it('ends by itself within seconds when its node is gone, with exit code 3', async () => {
    const one = await fleet('pipes');
    const pid = await eventually(() => hostPid(one));
    for (const socket of one.server.clients) socket.terminate();
    await eventually(() => !findOwned(one.token).some((found) => found.pid === pid), 4_000);
    expect(await eventually(() => lossOf(one))).toContain('exit code 3');
  });

  it('has nothing in its environment but PATH, HOME, LANG, TERM and TROUPE_ variables, and has deleted its ticket', async () => {
    const one = await fleet('pipes');
    const pid = await eventually(() => hostPid(one));
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter(Boolean)
      .map((entry) => entry.split('=')[0] as string);
    expect(names.filter((name) => !/^(PATH|HOME|LANG|TERM|TROUPE_\w+)$/.test(name))).toEqual([]);
    expect(readdirSync(join(one.dataDir, 'tickets'))).toEqual([]);
    expect(statSync(join(one.dataDir, 'tickets')).mode & 0o777).toBe(0o700);
  });

  it('stays well under 70 MB while idle', async () => {
    const one = await fleet('tmux');
    const pid = await eventually(() => hostPid(one));
    expect(residentMegabytes(pid)).toBeLessThan(65);
  });
});

describe('a turn in a host process', () => {
  const steps = [
    { kind: 'bash', payload: { command: 'git log' }, idempotent: true },
    { kind: 'bash', payload: { command: 'echo {{steps.0.stdout}}' }, idempotent: false },
  ] as const;
  const order = { turn: 'turn-1', planId: 'p', taskId: 't', agent: 'testing', attempt: 1, steps, results: {}, variables: {}, workspace: folder };

  it('submits its steps to the node, shows them in the terminal, and keeps the host under 70 MB', async () => {
    const one = await fleet('tmux');
    const pid = await eventually(() => hostPid(one));
    expect(await one.directory.call('testing', 'turn.start', order, { signal: new AbortController().signal })).toEqual({ status: 'succeeded' });
    expect(one.submitted.map(({ id, action }) => [id, action.payload])).toEqual([
      ['p.t.0.1', { command: 'git log' }],
      ['p.t.1.1', { command: "echo 'one two'" }],
    ]);
    const screen = await one.launcher.terminal('testing')?.screen();
    expect(screen).toMatch(/p\.t {2}step 0: bash git log/);
    expect(screen).toMatch(/p\.t {2}turn succeeded/);
    expect(residentMegabytes(pid)).toBeLessThan(70);
  });
});

describe('a session whose host is killed', () => {
  it('leaves no step of it running, nor its temporary files; steps of others go on', async () => {
    const step = 'setsid env -i TROUPE_OWNER=$TROUPE_OWNER TMPDIR=$TROUPE_TEMPORARY/step-1 /bin/sleep 77 &';
    const other = 'setsid env -i TROUPE_OWNER=$TROUPE_OWNER TMPDIR=/tmp/troupe-other/step-1 /bin/sleep 78 &';
    const [node, ...rest] = hostCommand(program);
    const one = await fleet('pipes', { argv: ['/bin/sh', '-c', `${step} ${other} touch $TROUPE_TEMPORARY/file; exec ${node} ${rest.join(' ')}`] });
    const pid = await eventually(() => hostPid(one));
    const sleeping = () => findOwned(one.token).filter(({ command }) => command.startsWith('/bin/sleep'));
    await eventually(() => sleeping().length === 2);
    const first = sleeping().find(({ command }) => command.endsWith('77'))?.pid;
    const folders = readdirSync(folder).filter((name) => name.startsWith('troupe-'));
    process.kill(pid, 'SIGKILL');
    await eventually(() => one.events().length === 3);
    expect(sleeping().some((found) => found.pid === first)).toBe(false);
    expect(sleeping().filter(({ command }) => command.endsWith('78')).length).toBe(2);
    expect(readdirSync(folder).filter((name) => folders.includes(name))).toEqual([]);
    await endOwned(one.token, { clock: systemClock, graceMs: 500 });
  });
});

describe('a session that cannot start', () => {
  it('crashes with the binary and the fix when the host never says ready', async () => {
    const one = await fleet('tmux', { argv: ['/bin/sleep', '60'], readyMs: 300 });
    const lost = await eventually(() => lossOf(one));
    expect(lost).toMatch(/did not say ready within 300 ms: \/bin\/sleep 60 runs but is silent/);
  });

  it('crashes at once when the host ends before it is ready, with its last words', async () => {
    const one = await fleet('pty', { argv: ['/bin/sh', '-c', 'echo Cannot find module; exit 1'] });
    const lost = await eventually(() => lossOf(one));
    expect(lost).toMatch(/ended before it was ready \(exit code 1\); its last words: Cannot find module/);
  });

  it('crashes at once when the program is not there', async () => {
    const one = await fleet('tmux', { argv: ['/no/such/node', 'main.js'] });
    expect(await eventually(() => lossOf(one))).toMatch(/'\/no\/such\/node' is not an executable/);
    const unbuilt = await fleet('tmux', { argv: hostCommand('/no/such/main.js') });
    expect(await eventually(() => lossOf(unbuilt))).toMatch(/there is no \/no\/such\/main.js; run `npm run build`/);
  });
});

function residentMegabytes(pid: number): number {
  const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return (kib * 1_024) / 1_000_000;
}

function lossOf({ system }: Fleet): string | undefined {
  const heard = (system.inspect('agents/testing')?.context as { heard?: { type: string; why?: string }[] } | undefined)?.heard;
  return heard?.find(({ type }) => type === 'SESSION_LOST')?.why;
}
