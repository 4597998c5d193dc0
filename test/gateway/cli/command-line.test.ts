import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPlan } from '../../../actors/plan/plan-file.ts';
import { VERBS } from '../../../gateway/cli/verbs.ts';
import { loadFleet } from '../../../gateway/node/fleet.ts';
import { codedError, type ErrorCode } from '../../../runtime/index.ts';
import { errorObject } from '../../../runtime/json-rpc-error.ts';
import { runCli } from '../../support/cli-run.ts';
import { freePort } from '../../support/free-port.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { recordingServer } from '../../support/recording-server.ts';

const inFolder = (args: readonly string[], env = {}) => runCli(args, { cwd: privateFolder(), env });

/** Exactly one document: JSON.parse takes no second one. */
const document = (stdout: string): { error?: { code: string; message: string } } => JSON.parse(stdout);

describe.each(VERBS.map(({ name }) => name))('troupe %s', (verb) => {
  it('--help has an example that is one of its own, and exits 0', async () => {
    const { code, stdout, stderr } = await inFolder([verb, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`Example:\\n {2}\\$ troupe ${verb}`));
    for (const option of ['--data', '--json']) expect(stdout).toContain(option);
  });

  it('an unknown flag exits 2, said once in words and with --json as one document', async () => {
    const { code, stdout, stderr } = await inFolder([verb, '--jsn', '--json']);
    expect([code, document(stdout).error?.code]).toEqual([2, 'InvalidInput']);
    expect(stderr.match(/unknown option '--jsn'/g)).toHaveLength(1);
  });
});

describe('a page that is not the last', () => {
  it.each([['plans'], ['tasks'], ['messages'], ['dead-letters'], ['alerts'], ['approvals'], ['deployments'], ['rounds']])(
    'of %s says where to go on, apart from what it shows',
    async (verb) => {
      const server = await recordingServer();
      server.answer = () => ({ result: { items: [], nextCursor: 'a place' } });
      const { code, stdout, stderr } = await runCli([verb, '--data', server.data], { cwd: server.data });
      expect([code, stderr]).toEqual([0, "there is more: go on with --cursor 'a place'\n"]);
      expect(stdout).not.toContain('a place');
      expect(await runCli([verb, '--json', '--data', server.data], { cwd: server.data })).toMatchObject({ code: 0, stderr: '' });
      server.answer = () => ({ result: { items: [], nextCursor: null } });
      expect(await runCli([verb, '--data', server.data], { cwd: server.data })).toMatchObject({ code: 0, stdout, stderr: '' });
    },
  );
});

describe('usage', () => {
  it.each([
    [['stauts'], /unknown command 'stauts'[\s\S]*Did you mean status/],
    [['inspect'], /missing required argument 'address'/],
    [['agents', 'extra'], /too many arguments/],
    [['resolve', 'task', 'done'], /resolve needs --why/],
    [['deny', 'request'], /deny needs --why/],
    [['send', 'testing', 'note', '{"a":'], /JSON: not JSON/],
    [['run', 'plan.yaml'], /plan\.yaml does not exist/],
    [['run', 'plan.yaml', '--approve', 'CRITICAL'], /CRITICAL is never approved beforehand/],
    [['status', '--data', ''], /--data: '' is no path/],
    [['logs', '../../etc/passwd'], /is no agent's name/],
  ])('%j exits 2 and says what was meant', async (args, words) => {
    const folder = privateFolder();
    if (args.includes('CRITICAL')) writeFileSync(join(folder, 'plan.yaml'), '');
    const server = await recordingServer();
    const at = args.includes('--data') ? [] : ['--data', server.data];
    const { code, stdout, stderr } = await runCli([...args, ...at], { cwd: folder });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
    expect(server.asked).toEqual([]);
  });

  it.each([
    ['--port-offset', 'many'],
    ['--port-offset', '60000'],
    ['--host', 'example.com'],
  ])('up %s %s exits 2 before anything is made', async (flag, value) => {
    const { code, stderr } = await inFolder(['up', flag, value]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`error: ${flag}: '${value}'`)]);
  });

  it.each([
    ['bakup', 'did you mean backup?'],
    ['nonsense', '`troupe help` lists them'],
  ])('help %s is a mistake, and says so', async (verb, hint) => {
    const { code, stdout, stderr } = await inFolder(['help', verb]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`help ${verb}: there is no such command`);
    expect(stderr).toContain(hint);
  });

  it('no verb shows the help', async () => {
    const { code, stdout, stderr } = await inFolder([]);
    expect(stdout + stderr).toContain('Exit codes: 0 ok, 1 the work failed, 2 usage or invalid input, 3 no node reachable, 4 not permitted.');
    expect(code).toBe(0);
  });
});

describe('without a node', () => {
  const reading = VERBS.filter(({ name }) => !['init', 'up', 'down', 'run', 'doctor', 'logs', 'chaos', 'assess', 'restore'].includes(name));
  const needed = (args: readonly string[] = []) => args.filter((word) => word.startsWith('<')).map((word) => ({ '<action>': 'done', '<what>': 'verify' })[word] ?? 'x');

  it.each(reading.map(({ name, args }) => [name, needed(args)] as const))('%s exits 3 and names the fix', async (verb, args) => {
    const why = ['deny', 'resolve', 'vote'].includes(verb) ? ['--why', 'x'] : [];
    const { code, stdout, stderr } = await inFolder([verb, ...args, ...why, '--json']);
    expect([code, document(stdout).error?.code]).toEqual([3, 'NodeUnreachable']);
    expect(stderr).toMatch(/^error: no node answers under .*\.troupe: start one with `troupe up`, or name its data directory with --data\n$/);
  });

  it('down says that there is none, and that is no failure', async () => {
    const { code, stdout } = await inFolder(['down', '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([0, { stopped: null, agents: [], swept: [] }]);
  });
});

describe('what a node answers', () => {
  const failing = async (code: ErrorCode, details = {}) => {
    const server = await recordingServer();
    server.answer = () => ({ error: errorObject(codedError(code, details)) });
    return runCli(['agents', '--json', '--data', server.data], { cwd: dirname(server.data) });
  };

  it.each([
    ['NoSuchAgent', 1],
    ['InvalidInput', 2],
    ['NodeStopped', 3],
    ['NotPermitted', 4],
  ] as const)('as %s exits %i, in one document and in words', async (name, code) => {
    const ran = await failing(name, { problem: 'it is wrong', agent: 'x', meant: '' });
    expect([ran.code, document(ran.stdout).error?.code]).toEqual([code, name]);
    expect(ran.stderr).toMatch(/^error: .+\n$/);
  });

  it('with --json is one document, without it text', async () => {
    const server = await recordingServer();
    const items = [{ name: 'testing', role: 'worker', state: 'ready', current: null, queued: 0, session: null, sessionsLost: 0, capabilities: ['test'] }];
    server.answer = () => ({ result: { items, nextCursor: null } });
    const cwd = dirname(server.data);
    expect(JSON.parse((await runCli(['agents', '--json', '--data', server.data], { cwd })).stdout)).toEqual({ items, nextCursor: null });
    expect((await runCli(['agents'], { cwd, env: { TROUPE_DATA: server.data } })).stdout).toMatch(/^AGENT {4}ROLE.*\ntesting {2}worker {2}gated {2}ready/);
  });

  it('a node that is gone without a word is unreachable, with the cause', async () => {
    const server = await recordingServer();
    const cwd = dirname(server.data);
    const file = join(server.data, 'node.json');
    const nobody = await freePort();
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${nobody}`));
    const { code, stderr } = await runCli(['agents', '--data', server.data], { cwd });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/no node answers at http.*\(ECONNREFUSED\)/)]);
  });
});

describe('init', () => {
  it('writes a fleet and a plan that are read without a problem, and overwrites nothing', async () => {
    const cwd = privateFolder();
    writeFileSync(join(cwd, 'package.json'), JSON.stringify({ scripts: { test: 'vitest' } }));
    const first = await runCli(['init', '--json'], { cwd, env: { PATH: '/nowhere' } });
    expect([first.code, JSON.parse(first.stdout)]).toMatchObject([
      0,
      {
        found: { git: false, tmux: null, keys: [], test: 'npm test' },
        files: [
          { file: 'troupe.yaml', written: true },
          { file: 'plan.yaml', written: true },
        ],
      },
    ]);
    const fleet = loadFleet(null, cwd);
    expect(fleet.agents.map(({ name }) => name)).toEqual(['supervisor', 'builder']);
    const file = join(cwd, 'plan.yaml');
    expect(readPlan(readFileSync(file, 'utf8'), { file, fleet, baseDir: cwd })).toMatchObject({ ok: true });
    writeFileSync(join(cwd, 'plan.yaml'), 'mine');
    const again = await runCli(['init', '--all', '--json'], { cwd });
    expect(JSON.parse(again.stdout)).toMatchObject({ files: [{ written: false }, { written: false }] });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('--all writes the nine', async () => {
    const cwd = privateFolder();
    await runCli(['init', '--all'], { cwd });
    expect(loadFleet(null, cwd).agents).toHaveLength(9);
  });
});

describe('logs', () => {
  it('with --json are one document, and a control character stays inside it', async () => {
    const cwd = privateFolder();
    mkdirSync(join(cwd, '.troupe', 'logs'), { recursive: true });
    writeFileSync(join(cwd, '.troupe', 'logs', 'testing.log'), 'one\ntwo\u001b[2J\n');
    expect(JSON.parse((await runCli(['logs', 'testing', '--json'], { cwd })).stdout)).toEqual({ agent: 'testing', text: 'one\ntwo\u001b[2J\n' });
  });

  it('of an agent that never had a session are refused with the file', async () => {
    const { code, stderr } = await inFolder(['logs', 'testing']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('logs/testing.log does not exist')]);
  });
});
