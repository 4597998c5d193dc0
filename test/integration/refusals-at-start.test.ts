// What is wrong before a node can start: one clear error with its fix, exit 2 or 1, nothing started and nothing left.
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type NodePlace, nodePlace, troupe, up } from '../support/node-process.ts';

async function place(): Promise<NodePlace> {
  const made = await nodePlace();
  onTestFinished(made.close);
  return made;
}

/** Named, with its code in one document, in words on stderr, and nothing of a node. */
async function refused(at: NodePlace, args: readonly string[], env = {}) {
  const ended = await troupe(at, [...args, '--json'], { withinMs: 20_000, env });
  const { error } = ended.json<{ error: { code: string; message: string } }>();
  expect(ended.stderr).toContain(`error: ${error.message}`);
  expect(at.left()).toEqual([]);
  expect(existsSync(join(at.data, 'node.json'))).toBe(false);
  return { exit: ended.code, ...error };
}

function write(at: NodePlace, name: string, lines: readonly string[]): string {
  const file = join(at.folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

describe('a wrong plan file is refused whole, before a node is started for it', () => {
  const PLAN = ['name: p', 'workspace: .', 'tasks:', '  - id: a', '    agent: testing', '    steps: [{ bash: ls }]'];
  const changed = (line: number, text: string) => PLAN.map((old, index) => (index === line - 1 ? text : old));

  it.each([
    ['a key that nobody knows', changed(5, '    agnet: testing'), /plan\.yaml:5.*agnet.*agent/],
    ['an agent that is not there', changed(5, '    agent: testng'), /plan\.yaml:5.*testng.*testing/],
    ['a cycle', [...PLAN, '    needs: [a]'], /plan\.yaml:7.*a/],
    ['no YAML', ['name: [', 'tasks:'], /plan\.yaml:\d/],
  ])('%s', async (_what, lines, words) => {
    const at = await place();
    write(at, 'plan.yaml', lines);
    const { exit, code, message } = await refused(at, ['run', 'plan.yaml']);
    expect([exit, code]).toEqual([2, 'InvalidPlan']);
    expect(message).toMatch(words);
    expect(existsSync(at.data)).toBe(false);
  });

  it('a file that is not there', async () => {
    const at = await place();
    expect(await refused(at, ['run', 'nowhere.yaml'])).toMatchObject({ exit: 2, code: 'UnreadableFile', message: expect.stringContaining('nowhere.yaml does not exist') });
  });
});

describe('a wrong fleet file is refused with its line and field', () => {
  it.each([
    ['a key that nobody knows', ['agents:', '  - name: a', '    rol: worker', '    capabilities: [x]'], /fleet\.yaml:3.*rol.*role/],
    ['a role that is none', ['agents:', '  - name: a', '    role: wroker', '    capabilities: [x]'], /fleet\.yaml:3.*wroker.*worker/],
    ['two of one name', ['agents:', '  - {name: a, role: worker, capabilities: [x]}', '  - {name: a, role: worker, capabilities: [x]}'], /fleet\.yaml:3.*a/],
    ['no agents', ['agents: []'], /fleet\.yaml:1.*agents/],
  ])('%s', async (_what, lines, words) => {
    const at = await place();
    const file = write(at, 'fleet.yaml', lines);
    const { exit, code, message } = await refused(at, ['up', '--config', file]);
    expect([exit, code]).toEqual([2, 'InvalidFleet']);
    expect(message).toMatch(words);
    expect(existsSync(at.data)).toBe(false);
  });

  it('one that is not there', async () => {
    const at = await place();
    expect(await refused(at, ['up', '--config', 'nowhere.yaml'])).toMatchObject({ exit: 2, code: 'UnreadableFile' });
  });

  it('an agent on the port of a front door', async () => {
    const at = await place();
    const file = write(at, 'fleet.yaml', ['agents:', '  - {name: a, role: supervisor, capabilities: [x], port: 5003}']);
    expect(await refused(at, ['up', '--config', file])).toMatchObject({ exit: 2, message: expect.stringMatching(/5003|main routes/) });
  });
});

describe('a wrong word on the command line', () => {
  it.each([
    [['up', '--port-ofset', '1'], 'InvalidInput', /unknown option '--port-ofset'.*--port-offset/],
    [['up', '--port-offset', '-1'], 'InvalidConfig', /--port-offset: '-1' is no whole number/],
    [['up', '--port-offset', '55537'], 'InvalidConfig', /from 0 to 55536/],
    [['up', '--host', 'somewhere'], 'InvalidConfig', /--host: 'somewhere' is no IP address/],
    [['upp'], 'InvalidInput', /unknown command 'upp'.*up/],
  ] as const)('%j', async (args, code, words) => {
    const at = await place();
    const ended = await troupe(at, [...args, '--json']);
    expect([ended.code, ended.json<{ error: { code: string } }>().error.code]).toEqual([2, code]);
    expect(ended.stderr.replaceAll('\n', ' ')).toMatch(words);
    expect(existsSync(at.data)).toBe(false);
  });

  it('a wrong variable is named as the variable that it is', async () => {
    const at = await place();
    expect(await refused(at, ['up'], { TROUPE_LOG_LEVEL: 'loud' })).toMatchObject({ exit: 2, code: 'InvalidConfig', message: expect.stringContaining('TROUPE_LOG_LEVEL') });
  });
});

describe('a port that is taken', () => {
  async function stranger(port: number): Promise<Server> {
    const server = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    return server;
  }

  it.each([
    ['health', 5001, 'health'],
    ['JSON-RPC', 9999, 'JSON-RPC and agent hosts'],
    ['an agent', 8094, 'A2A and health of testing'],
  ])('of %s is named with its purpose; the other doors are closed again, and the stranger is left alone', async (_what, port, purpose) => {
    const at = await place();
    const other = await stranger(port + at.offset);
    const { exit, code, message } = await refused(at, ['up']);
    expect([exit, code]).toEqual([2, 'PortInUse']);
    expect(message).toContain(`port ${port + at.offset} (${purpose}) is in use on 127.0.0.1: end what uses it, or shift all ports with --port-offset`);
    expect(other.listening).toBe(true);
    await expect(fetch(`${at.urls.api}/api/v1/status`)).rejects.toThrow();
  });

  it('is also said by `up --detach`, in the same words and with the same exit code', async () => {
    const at = await place();
    await stranger(5003 + at.offset);
    expect(await refused(at, ['up', '--detach'])).toMatchObject({ exit: 2, code: 'PortInUse', message: expect.stringContaining('(main routes)') });
  });

  it('and doctor names it first', async () => {
    const at = await place();
    await stranger(5003 + at.offset);
    const ended = await troupe(at, ['doctor', '--json']);
    expect([ended.code, ended.json()]).toMatchObject([
      1,
      {
        ok: false,
        first: { name: 'ports', status: 'failed', detail: expect.stringContaining(`port ${5003 + at.offset} (main routes)`), fix: expect.stringContaining('--port-offset') },
      },
    ]);
  });
});

describe('a data directory that cannot be used', () => {
  it('a file in its place', async () => {
    const at = await place();
    writeFileSync(at.data, 'mine');
    for (const args of [['up'], ['up', '--detach']]) {
      const ended = await troupe(at, [...args, '--json']);
      expect([ended.code, ended.json()]).toMatchObject([
        1,
        { error: { code: 'DataDirUnwritable', message: expect.stringContaining('is not a folder: choose another with --data or TROUPE_DATA') } },
      ]);
    }
  });

  it('a link to nowhere', async () => {
    const at = await place();
    symlinkSync(join(at.folder, 'nowhere'), at.data);
    const ended = await troupe(at, ['up', '--json']);
    expect([ended.code, ended.json()]).toMatchObject([1, { error: { code: 'DataDirUnwritable' } }]);
  });

  it('a folder of the kernel, where nobody may make anything', async () => {
    const at = await place();
    const ended = await troupe(at, ['up', '--json', '--data', '/proc/troupe']);
    expect([ended.code, ended.json()]).toMatchObject([1, { error: { code: 'DataDirUnwritable', message: expect.stringContaining('/proc/troupe') } }]);
  });

  it('a folder inside one of its files that is no database', async () => {
    const at = await place();
    mkdirSync(join(at.data, 'shared_inbox.db'), { recursive: true });
    const { exit, code, message } = await refused(at, ['up']);
    expect([exit, code]).toEqual([1, 'DataDirUnwritable']);
    expect(message).toContain(`${at.data} cannot be written: choose another with --data`);
  });

  it('a journal that is garbage is named, and left as it was', async () => {
    const at = await place();
    mkdirSync(at.data);
    const file = join(at.data, 'shared_inbox.db');
    writeFileSync(file, 'x'.repeat(8_192));
    const { exit, code, message } = await refused(at, ['up']);
    expect([exit, code]).toEqual([1, 'JournalCorrupt']);
    expect(message).toContain('shared_inbox.db');
    expect(readFileSync(file, 'utf8')).toBe('x'.repeat(8_192));
  });
});

describe('a second node on the same data', () => {
  it('is refused with the process that has it and the fix; the first goes on', async () => {
    const at = await place();
    const first = await up(at);
    const ended = await troupe(at, ['up', '--json', '--port-offset', String(at.offset + 7)]);
    expect([ended.code, ended.json()]).toMatchObject([
      1,
      { error: { code: 'DataDirInUse', message: expect.stringMatching(new RegExp(`is in use by .*${first.pid}.*troupe down --data`)) } },
    ]);
    expect((await troupe(at, ['status', '--json'])).json()).toMatchObject({ status: 'ok', pid: first.pid });
    await first.stop();
    expect(at.left()).toEqual([]);
  });
});

describe('a terminal that this machine lacks', () => {
  /** A PATH without tmux: links to the few programs that a node needs. */
  function pathWithout(at: NodePlace, ...missing: readonly string[]): string {
    const folder = join(at.folder, 'bin');
    mkdirSync(folder);
    const wanted = ['git', 'sh', 'bash', 'env', 'tmux', 'sleep', 'cat', 'ls'].filter((name) => !missing.includes(name));
    for (const name of wanted) {
      const real = ['/usr/bin', '/bin'].map((where) => join(where, name)).find(existsSync);
      if (real !== undefined) symlinkSync(real, join(folder, name));
    }
    return folder;
  }

  it('tmux, when it is asked for by name', async () => {
    const at = await place();
    const env = { PATH: pathWithout(at, 'tmux'), TROUPE_TERMINAL: 'tmux' };
    expect(await refused(at, ['up'], env)).toMatchObject({
      exit: 1,
      code: 'TerminalFailed',
      message: expect.stringMatching(/tmux is not in PATH; install it, or unset TROUPE_TERMINAL/),
    });
  });

  it('a kind that there is not', async () => {
    const at = await place();
    expect(await refused(at, ['up'], { TROUPE_TERMINAL: 'xterm' })).toMatchObject({
      exit: 1,
      code: 'TerminalFailed',
      message: expect.stringContaining('none of tmux, pty, pipes'),
    });
  });

  it('without tmux, and nothing asked for, a node runs in another kind and says why', async () => {
    const at = await place();
    const node = await up(at, [], { PATH: pathWithout(at, 'tmux') });
    expect(node.terminal).toMatch(/^(pty|pipes) \(tmux is not in PATH/);
    const attach = await troupe(at, ['attach', 'testing', '--json']);
    expect([attach.code, attach.json()]).toMatchObject([1, { error: { code: 'NotDone', message: expect.stringContaining('troupe logs testing --follow') } }]);
    await node.stop();
    expect(at.left()).toEqual([]);
  });

  it('tmux that does not work is named with what it says', async () => {
    const at = await place();
    const folder = pathWithout(at, 'tmux');
    const broken = join(folder, 'tmux');
    writeFileSync(broken, '#!/bin/sh\necho "no such terminal" >&2\nexit 1\n');
    chmodSync(broken, 0o755);
    const ended = await troupe(at, ['up', '--json'], { env: { PATH: folder }, withinMs: 60_000 });
    expect(ended.code).toBe(1);
    expect(ended.json()).toMatchObject({ error: { code: 'NodeNotReady', message: expect.stringMatching(/no such terminal/) } });
    expect(at.left()).toEqual([]);
  });
});
