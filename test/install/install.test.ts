import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChildProgram, type Ended, startProgram } from '../support/child-program.ts';
import { git, makeRepository } from '../support/git-repository.ts';
import { type NodePlace, nodePlace, ROOT } from '../support/node-process.ts';

/** The package as somebody else gets it: packed, installed under a prefix of its own, used in a repository that is not ours. */
const INSTALL_MS = 480_000;
let scratch: string;
let prefix: string;
let place: NodePlace;

const run = (program: string, args: readonly string[], cwd: string, withinMs: number, env: Readonly<Record<string, string | undefined>> = {}): Promise<Ended> =>
  startProgram(program, args, { cwd, env: { ...place.env, ...env } }).ended(withinMs);
const installed = (args: readonly string[], cwd: string): Promise<Ended> => run(join(prefix, 'bin/troupe'), args, cwd, 120_000);

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'troupe-install-'));
  prefix = join(scratch, 'prefix');
  place = await nodePlace({ env: { HOME: process.env.HOME } });
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', scratch], ROOT, 120_000);
  expect(packed.code, packed.stderr).toBe(0);
  const archive = join(scratch, packed.stdout.trim().split('\n').at(-1) ?? '');
  const wanted = ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', '--allow-scripts', 'better-sqlite3,node-pty', archive];
  const done = await run('npm', wanted, scratch, INSTALL_MS);
  expect(done.code, `${done.stdout}${done.stderr}`).toBe(0);
});

afterAll(async () => {
  await place.close();
  rmSync(scratch, { recursive: true, force: true });
});

const packageFolder = (): string => join(prefix, 'lib/node_modules/troupe');

describe('installed elsewhere', () => {
  it('holds the program, its examples and its documents, and nothing else of this checkout', () => {
    const names = readdirSync(packageFolder()).filter((name) => name !== 'node_modules');
    expect(names.sort()).toEqual(['CHANGELOG.md', 'Procfile.tmux', 'README.md', 'dist', 'docs', 'examples', 'package.json', 'policy']);
    expect(existsSync(join(packageFolder(), 'dist/.tsbuildinfo'))).toBe(false);
  });

  it('`troupe init && troupe up` in another repository, then its first plan, works', async () => {
    const repository = join(place.folder, 'theirs');
    makeRepository(repository, [{ 'package.json': JSON.stringify({ name: 'theirs', scripts: { test: 'node -e 0' } }), 'index.js': 'export {};\n' }]);
    const init = await installed(['init'], repository);
    expect(init.code, init.stderr).toBe(0);
    expect(readdirSync(repository)).toContain('troupe.yaml');
    const node: ChildProgram = startProgram(join(prefix, 'bin/troupe'), ['up'], { cwd: repository, env: place.env });
    place.children.push(node);
    await node.until(({ stdout }) => (/^ready$/m.test(stdout()) ? true : undefined), 60_000);
    const plan = readdirSync(repository).find((name) => /plan.*\.ya?ml$/.test(name)) ?? '';
    const ran = await installed(['run', plan, '--approve', 'MEDIUM'], repository);
    expect(ran.code, `${ran.stdout}${ran.stderr}`).toBe(0);
    expect(git(repository, 'branch', '--list', 'troupe/*')).not.toBe('');
    const down = await installed(['down'], repository);
    expect(down.stdout).toMatch(/^stopped node \d+/);
    await node.ended(45_000);
    expect(place.left()).toEqual([]);
  });

  it('the demo runs from it on the history that ships as a bundle', async () => {
    const ended = await run(process.execPath, [join(packageFolder(), 'dist/gateway/demo/main.js')], place.folder, 180_000);
    expect(ended.code, `${ended.stdout}${ended.stderr}`).toBe(0);
    expect(ended.stdout).toContain('repository: the beginnings of this project, from a bundle');
    expect(ended.stdout).toMatch(/^ok {6}the report is true: commits 15, /m);
  });

  it('can be embedded by its name', async () => {
    const project = join(scratch, 'project');
    mkdirSync(join(project, 'node_modules'), { recursive: true });
    symlinkSync(packageFolder(), join(project, 'node_modules/troupe'));
    symlinkSync(join(packageFolder(), 'node_modules/xstate'), join(project, 'node_modules/xstate'));
    const program = `
      import { createSystem, memoryJournal, supervisor, worker } from 'troupe';
      import { setup } from 'xstate';
      const light = setup({}).createMachine({ initial: 'red', states: { red: { on: { GO: 'green' } }, green: {} } });
      const system = await createSystem({ name: 'street', journal: memoryJournal(), root: supervisor({ children: [worker('light', light, { durable: true })] }) });
      await system.start();
      await system.ref('light').tell({ type: 'GO' });
      console.log(system.inspect('light').value);
      await system.stop();
    `;
    writeFileSync(join(project, 'main.mjs'), program);
    const ended = await run(process.execPath, ['main.mjs'], project, 30_000);
    expect(ended.stdout.trim(), ended.stderr).toBe('green');
  });
});
