import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { hashAction } from '../../../actors/gate/action-hash.ts';
import { createGate, shippedPolicy } from '../../../actors/gate/index.ts';
import type { Action, RiskLevel, Surroundings } from '../../../actors/work/types.ts';
import { privateFolder } from '../../support/private-folder.ts';

const POLICY = shippedPolicy();
const gate = createGate({ policy: () => POLICY, rules: async () => [], contained: true, now: () => 0 });
let root: string;
let surroundings: Surroundings;

const at = (...names: string[]): string => join(root, ...names);
const write = (name: string): void => writeFileSync(at(name), 'x');
const level = async (action: Action): Promise<RiskLevel> => (await gate.assess(action, surroundings, null)).level;
const command = (text: string): Promise<RiskLevel> => level({ type: 'BASH_COMMAND', payload: { command: text } });
const file = (op: 'read' | 'write' | 'delete' | 'list', path: string): Promise<RiskLevel> => level({ type: 'FILE_OPERATION', payload: { op, path } });

beforeEach(() => {
  root = privateFolder();
  for (const name of ['work', 'work/src', 'work/docs', 'outside']) mkdirSync(at(name));
  for (const name of ['work/src/a.ts', 'outside/b.ts', 'work/docs/a.md']) write(name);
  surroundings = { workspace: at('work'), deployRoot: at('deployments'), healthUrl: 'http://127.0.0.1:5001/health' };
});

describe('a path', () => {
  it('is judged as where it really lies', async () => {
    symlinkSync(at('outside'), at('work/away'));
    symlinkSync('src', at('work/inside'));
    expect(await file('read', 'src/a.ts')).toBe('LOW');
    expect(await file('read', 'inside/a.ts')).toBe('LOW');
    expect(await file('read', 'away/b.ts')).toBe('MEDIUM');
    expect(await file('write', 'away/b.ts')).toBe('HIGH');
    expect(await file('write', 'away/not/there/yet')).toBe('HIGH');
    expect(await command('cat away/b.ts')).toBe('MEDIUM');
    expect(await command('echo x > away/b.ts')).toBe('HIGH');
    expect(await command('cd away && cat b.ts')).toBe('MEDIUM');
  });

  it('that is a link to nothing is judged as where writing it would make a file', async () => {
    symlinkSync(at('outside/new'), at('work/dangling'));
    expect(await file('write', 'dangling')).toBe('HIGH');
  });

  it('that is removed is the link, not what it leads to', async () => {
    symlinkSync(at('outside'), at('work/away'));
    expect(await file('delete', 'away')).toBe('MEDIUM');
    expect(await file('delete', 'away/b.ts')).toBe('HIGH');
    expect(await command('rm away')).toBe('MEDIUM');
  });

  it('goes through links before its dot segments, as the kernel does', async () => {
    mkdirSync(at('outside/deep'));
    symlinkSync(at('outside/deep'), at('work/away'));
    expect(await command('cat src/../docs/a.md')).toBe('LOW');
    expect(await command('cat away/../b.ts')).toBe('MEDIUM');
  });

  it('that loops, or leads to a secret, is no better than its end', async () => {
    symlinkSync('loop', at('work/loop'));
    write('work/.env');
    symlinkSync('.env', at('work/plain.txt'));
    expect(await file('read', 'loop')).toBe('LOW');
    expect(await file('read', 'plain.txt')).toBe('HIGH');
    expect(await command('cat plain.txt')).toBe('HIGH');
  });

  it('may be given through a workspace that is itself a link', async () => {
    symlinkSync(at('work'), at('linked'));
    surroundings = { ...surroundings, workspace: at('linked') };
    expect(await file('read', 'src/a.ts')).toBe('LOW');
    expect(await command('cat src/a.ts')).toBe('LOW');
  });
});

describe('a tree', () => {
  it('is judged by the links and secrets that lie in it', async () => {
    expect(await command('grep -rn x src')).toBe('LOW');
    write('work/src/.env');
    expect(await command('grep -rn x src')).toBe('HIGH');
    expect(await command('grep -rn x docs')).toBe('LOW');
    symlinkSync(at('outside'), at('work/docs/away'));
    expect(await command('grep -rn x docs')).toBe('MEDIUM');
  });

  it('is judged by the names that a pattern can match', async () => {
    expect(await command('cat docs/*.md')).toBe('LOW');
    symlinkSync(at('outside/b.ts'), at('work/docs/b.md'));
    expect(await command('cat docs/*.md')).toBe('MEDIUM');
    expect(await command('cat src/*.ts')).toBe('LOW');
  });

  it('that is deployed must hold no secret', async () => {
    const deploy: Action = { type: 'DEPLOYMENT', payload: { environment: 'staging', version: '1.0.0', source: 'docs' } };
    expect(await level(deploy)).toBe('MEDIUM');
    write('work/docs/server.key');
    expect(await level(deploy)).toBe('HIGH');
  });
});

describe('a verdict', () => {
  const list: Action = { type: 'BASH_COMMAND', payload: { command: 'cat src/a.ts' } };

  it('binds the action, its surroundings and the facts by one hash, and names the policy', async () => {
    const verdict = await gate.assess(list, surroundings, null);
    expect(verdict).toMatchObject({ level: 'LOW', actionHash: hashAction(list, surroundings, verdict.looked?.factsHash), policy: POLICY.version });
    expect(verdict.actionHash).not.toBe(hashAction(list, surroundings));
    expect(verdict.findings.length).toBeGreaterThan(0);
  });

  it('is the same for the same world, and another hash when a path leads elsewhere', async () => {
    const first = await gate.assess(list, surroundings, null);
    expect(await gate.assess(list, surroundings, null)).toEqual(first);
    rmSync(at('work/src/a.ts'));
    symlinkSync('../docs/a.md', at('work/src/a.ts'));
    const swapped = await gate.assess(list, surroundings, null);
    expect([swapped.level, swapped.actionHash === first.actionHash]).toEqual(['LOW', false]);
  });
});
