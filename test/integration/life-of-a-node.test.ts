// How a node begins, is asked to stop at any moment, is killed and goes on; who is not touched by any of it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findOwned, OWNER_VARIABLE } from '../../actors/session/index.ts';
import { readConfig } from '../../gateway/config.ts';
import { readIdentity } from '../../gateway/data-dir.ts';
import { startNode } from '../../gateway/main.ts';
import { startProgram } from '../support/child-program.ts';
import { eventually, type NodePlace, nodePlace, ROOT, startTroupe, troupe, up } from '../support/node-process.ts';
import { privateFolder } from '../support/private-folder.ts';

/** Two agents instead of nine: what is claimed here does not depend on how many. */
const FLEET = `agents:
  - {name: supervisor, role: supervisor, capabilities: [delegate], port: 8089}
  - {name: testing, role: worker, capabilities: [test], port: 8094}
`;
const AGENTS = ['supervisor', 'testing'];
const TERMINALS = ['tmux', 'pty', 'pipes'];

async function place(env: Readonly<Record<string, string>> = {}): Promise<NodePlace> {
  const made = await nodePlace({ env });
  onTestFinished(made.close);
  writeFileSync(join(made.folder, 'troupe.yaml'), FLEET);
  return made;
}

const nothingIsLeft = (at: NodePlace) => eventually('nothing is left', () => at.left().length === 0, 10_000);
const answers = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', (signal) => {
  it('of a node that is ready ends it in order, exit 0, and nothing is left', async () => {
    const at = await place();
    const node = await up(at);
    node.child.signal(signal);
    const ended = await node.child.ended(20_000);
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining(`${signal}: stopping`)]);
    expect(at.left()).toEqual([]);
    expect(await answers(`${at.urls.health}/health/live`)).toBe(false);
  });
});

describe('a start that is asked to stop', () => {
  it.each([0, 200, 400, 600, 800, 1_000, 1_300])('after %i ms leaves nothing, never hangs, and ends with 0 or by the signal itself', async (afterMs) => {
    const at = await place();
    const child = startTroupe(at, ['up', '--json']);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    // The whole group, as Ctrl-C in a terminal.
    child.signalGroup('SIGINT');
    const ended = await child.ended(20_000);
    expect([ended.code, ended.signal]).toEqual(ended.code === null ? [null, 'SIGINT'] : [0, null]);
    await nothingIsLeft(at);
    expect(await answers(`${at.urls.health}/health/live`)).toBe(false);
    if (ended.code === 0) expect(Object.keys(ended.json())).toContain('ready');
  });

  it('once its doors are open is undone at once: it does not wait for its agents', async () => {
    const at = await place();
    const child = startTroupe(at, ['up', '--json']);
    await child.until(() => (findOwnedOf(at).length > 0 ? true : undefined), 20_000);
    const asked = performance.now();
    child.signal('SIGTERM');
    const ended = await child.ended(20_000);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/SIGTERM: (stopped before it was ready|stopping)/);
    expect(performance.now() - asked).toBeLessThan(15_000);
    await nothingIsLeft(at);
  });

  it('goes on with the next start', async () => {
    const at = await place();
    const child = startTroupe(at, ['up']);
    await child.until(() => (findOwnedOf(at).length > 0 ? true : undefined), 20_000);
    child.signal('SIGTERM');
    await child.ended(20_000);
    const node = await up(at);
    expect((await troupe(at, ['agents', '--json'])).json<{ items: ReadonlyArray<{ state: string }> }>().items.map(({ state }) => state)).toEqual(AGENTS.map(() => 'ready'));
    await node.stop();
  });
});

function findOwnedOf(at: NodePlace) {
  try {
    return findOwned(readIdentity(at.data)?.ownerToken ?? 'none yet');
  } catch {
    return [];
  }
}

describe.each(TERMINALS)('in %s', (kind) => {
  it('a node that is killed leaves its data: `up` goes on from there under new epochs, `down` says what it stopped, and nothing is left', async () => {
    const at = await place({ TROUPE_TERMINAL: kind });
    const first = await up(at);
    expect(first.terminal).toContain(kind);
    const before = await epochs(at);
    await first.kill();
    const second = await up(at);
    const after = await epochs(at);
    for (const agent of AGENTS) expect(after[agent]).toBeGreaterThan(before[agent] ?? 0);
    const down = await troupe(at, ['down', '--json']);
    expect([down.code, down.json()]).toEqual([0, { stopped: { pid: second.pid, by: 'SIGTERM' }, agents: AGENTS, swept: [] }]);
    expect((await second.child.ended(5_000)).code).toBe(0);
    expect(at.left()).toEqual([]);
  });

  it('after kill -9 of the node `down` leaves nothing either', async () => {
    const at = await place({ TROUPE_TERMINAL: kind });
    const node = await up(at);
    await node.kill();
    const down = await troupe(at, ['down', '--json']);
    expect([down.code, down.json()]).toMatchObject([0, { stopped: null, agents: [] }]);
    expect(at.left()).toEqual([]);
    expect((await troupe(at, ['status', '--json'])).code).toBe(3);
  });
});

async function epochs(at: NodePlace): Promise<Readonly<Record<string, number>>> {
  const { items } = (await troupe(at, ['agents', '--json'])).json<{ items: ReadonlyArray<{ name: string; session: { epoch: number } | null }> }>();
  return Object.fromEntries(items.map(({ name, session }) => [name, session?.epoch ?? 0]));
}

describe('a plan run on a node of its own', () => {
  async function running(bash: string) {
    const at = await place();
    mkdirSync(join(at.folder, 'work'));
    writeFileSync(
      join(at.folder, 'work', 'plan.json'),
      JSON.stringify({ name: 'own', workspace: '.', tasks: [{ id: 'a', agent: 'testing', steps: [{ bash, idempotent: true }] }] }),
    );
    return { at, child: startTroupe(at, ['run', 'work/plan.json', '--json', '--approve', 'HIGH']) };
  }

  it('takes the node down with it, and prints the report alone on stdout', async () => {
    const { at, child } = await running('echo done');
    const ended = await child.ended(60_000);
    expect([ended.code, ended.json()]).toMatchObject([0, { status: 'succeeded' }]);
    expect(at.left()).toEqual([]);
  });

  it.each([
    ['while its node starts', (seen: string) => seen.includes('starting one for this plan'), 'the plan was not begun'],
    ['in the middle of a step', (seen: string) => /a\[0\] +.*sleep 300/.test(seen), 'the plan goes on with the next `troupe up`'],
  ] as const)('Ctrl-C %s exits 1 with what becomes of the plan, and nothing is left', async (_what, reached, words) => {
    const { at, child } = await running('sleep 300');
    await child.until(({ stderr }) => (reached(stderr()) ? true : undefined), 60_000);
    child.signalGroup('SIGINT');
    const ended = await child.ended(30_000);
    expect([ended.code, ended.json()]).toMatchObject([1, { error: { code: 'Cancelled', message: expect.stringContaining(words) } }]);
    await nothingIsLeft(at);
  });
});

describe('up --detach', () => {
  it('returns once the node is ready, which lives on until `down`', async () => {
    const at = await place();
    const started = await troupe(at, ['up', '--detach', '--json']);
    const { ready, pid } = started.json<{ ready: boolean; pid: number }>();
    expect([started.code, ready]).toEqual([0, true]);
    expect((await troupe(at, ['status', '--json'])).json()).toMatchObject({ status: 'ok', pid });
    expect((await troupe(at, ['down', '--json'])).json()).toMatchObject({ stopped: { pid, by: 'SIGTERM' } });
    expect(at.left()).toEqual([]);
  });

  it('hands over the first link also where nothing is contained, says so, and leaves the link in no file', async () => {
    const at = await place({ PATH: pathOf('node', 'git', 'bash', 'sh') });
    const started = await troupe(at, ['up', '--detach', '--json']);
    expect([started.code, started.json()]).toMatchObject([
      0,
      { ready: true, terminal: expect.stringContaining('tmux is not in PATH'), uncontained: expect.stringContaining('install bubblewrap') },
    ]);
    const { login } = started.json<{ login: string }>();
    expect(await (await fetch(login)).text()).toContain('The first administrator');
    const secret = login.slice(login.lastIndexOf('/') + 1);
    expect(readdirSync(join(at.data, 'logs')).filter((file) => readFileSync(join(at.data, 'logs', file), 'utf8').includes(secret))).toEqual([]);
    await troupe(at, ['down', '--json']);
  });
});

/** A PATH on which there is nothing else. */
function pathOf(...programs: readonly string[]): string {
  const folder = privateFolder();
  for (const program of programs) {
    const found = (process.env.PATH ?? '').split(':').find((from) => existsSync(join(from, program)));
    if (found !== undefined) symlinkSync(join(found, program), join(folder, program));
  }
  return folder;
}

describe('strangers', () => {
  /** A process that looks like ours to whoever goes by names and arguments. */
  function lookAlike(argv: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = spawn('/usr/bin/env', ['-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), '/bin/sh', '-c', 'exec sleep 300 # "$@"', 'sh', ...argv], {
      stdio: 'ignore',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  it('are touched by no start, no kill -9 and no `down`, whatever they are called', async () => {
    const at = await place();
    const other = await place();
    const foreign = join(at.folder, 'foreign.sock');
    const tmux = (...args: readonly string[]) => spawnSync('tmux', ['-S', foreign, '-f', '/dev/null', ...args], { encoding: 'utf8' });
    tmux('new-session', '-d', '-s', 'claude-testing', 'sleep 300');
    onTestFinished(() => void tmux('kill-server'));
    const first = await up(at);
    const theirs = await up(other);
    const token = readIdentity(at.data)?.ownerToken ?? '';
    const strangers = [
      lookAlike([token, at.data, 'claude-testing']),
      lookAlike(['troupe'], { [OWNER_VARIABLE]: `${token}x` }),
      lookAlike(['troupe'], { NOT_OURS: `${OWNER_VARIABLE}=${token}` }),
    ];
    await first.kill();
    const second = await up(at);
    expect(second.swept.join('\n')).not.toMatch(/sleep 300/);
    const down = await troupe(at, ['down', '--json']);
    expect(down.json()).toMatchObject({ stopped: { pid: second.pid } });
    expect(at.left()).toEqual([]);
    for (const stranger of strangers) expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    expect(tmux('list-sessions', '-F', '#{session_name}').stdout).toBe('claude-testing\n');
    expect((await troupe(other, ['agents', '--json'])).json<{ items: ReadonlyArray<{ sessionsLost: number }> }>().items.every(({ sessionsLost }) => sessionsLost === 0)).toBe(true);
    await theirs.stop();
  });

  it('a copy of a data directory is another node, and ends nothing of the first', async () => {
    const at = await place();
    const copy = await place();
    const first = await up(at);
    mkdirSync(copy.data);
    expect(spawnSync('cp', ['-a', `${at.data}/.`, copy.data]).status).toBe(0);
    const down = await troupe(copy, ['down', '--json']);
    expect(down.code).toBe(0);
    expect(down.json()).toEqual({ stopped: null, agents: [], swept: [] });
    expect((await troupe(copy, ['status', '--json'])).code).toBe(3);
    expect(first.child.running()).toBe(true);
    expect((await troupe(at, ['agents', '--json'])).json<{ items: ReadonlyArray<{ state: string }> }>().items.map(({ state }) => state)).toEqual(AGENTS.map(() => 'ready'));
    await first.stop();
  });
});

describe('a host program that never says ready', () => {
  it.each([
    ['waits for ever', 'setInterval(() => undefined, 1_000);', /did not say ready within 1500 ms/],
    ['ends at once', 'console.error("cannot find its head"); process.exit(3);', /died again and again|ended/],
  ])('and %s is a named failure within the deadline, with the fix, and nothing is left', async (_what, program, words) => {
    const at = await place();
    const script = join(at.folder, 'host.mjs');
    writeFileSync(script, program);
    const config = readConfig({ flags: {}, env: at.env, cwd: at.folder });
    const starting = startNode({ config, cwd: at.folder, env: at.env, hostProgram: script, readyMs: 1_500, stderr: 'silent' });
    const error = await starting.then(
      () => expect.unreachable(),
      (refusal: { code: string; message: string }) => refusal,
    );
    expect(error.code).toBe('NodeNotReady');
    expect(error.message).toMatch(words);
    expect(error.message).toMatch(/'testing' is .*; run `troupe doctor`/);
    expect(at.left().filter((line) => !line.startsWith('node'))).toEqual([]);
    expect(await answers(`${at.urls.health}/health/live`)).toBe(false);
  });
});

describe('Procfile.tmux', () => {
  /** In a folder where `dist` is the built program, as in a checkout. */
  async function foreman() {
    const at = await place();
    for (const name of ['dist', 'node_modules', 'package.json']) expect(spawnSync('ln', ['-s', join(ROOT, name), join(at.folder, name)]).status).toBe(0);
    expect(spawnSync('cp', [join(ROOT, 'Procfile.tmux'), at.folder]).status).toBe(0);
    const child = startProgram('foreman', ['start', '-f', 'Procfile.tmux'], { cwd: at.folder, env: at.env });
    at.children.push(child);
    await child.until(({ stdout }) => (/troupe\.1 +\| ready/.test(stdout()) ? true : undefined), 30_000);
    return { at, child };
  }

  it.each([
    ['Ctrl-C', 'SIGINT', true],
    ['SIGTERM', 'SIGTERM', false],
  ] as const)('under foreman: nothing is left after %s', async (_what, signal, group) => {
    const { at, child } = await foreman();
    expect((await troupe(at, ['status', '--json'])).json()).toMatchObject({ status: 'ok' });
    if (group) child.signalGroup(signal);
    else child.signal(signal);
    await child.ended(20_000);
    await nothingIsLeft(at);
    expect(child.stdout()).toMatch(/exited with code 0/);
  });

  it('every line execs a foreground process', async () => {
    const lines = readFileSync(join(ROOT, 'Procfile.tmux'), 'utf8').trim().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^[\w-]+: exec \S+/);
  });
});
