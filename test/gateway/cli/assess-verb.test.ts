import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/cli-run.ts';
import { privateFolder } from '../../support/private-folder.ts';

const CASES = [
  { id: 'a', type: 'BASH_COMMAND', payload: { command: 'ls', cwd: '/workspace' } },
  { id: 'b', type: 'FILE_OPERATION', payload: { op: 'delete', path: '/usr' } },
  { id: 'c', type: 'API_CALL', payload: { method: 'GET', url: 'http://127.0.0.1:5001/health' } },
  { id: 'd', type: 'DATABASE_QUERY', payload: { sql: 'SELECT 1', dialect: 'postgres' } },
  { id: 'e', type: 'DEPLOYMENT', payload: { environment: 'prod', version: 'latest', strategy: 'rolling' } },
  { id: 'f', type: 'SOMETHING_ELSE', payload: null },
];

function inFolder(lines: readonly string[], ...args: readonly string[]) {
  const cwd = privateFolder();
  writeFileSync(join(cwd, 'cases.jsonl'), `${lines.join('\n')}\n`);
  return runCli(['assess', ...args], { cwd });
}

describe('troupe assess', () => {
  it('says the level, the reasons with their rules, and points at what caused each', async () => {
    const { code, stdout } = await inFolder([], 'ls && rm -rf lib');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^HIGH\n/);
    expect(stdout).toMatch(/bash-recursive: rm removes whole trees\n {10}ls && rm -rf lib\n {16}\^{10}\n/);
  });

  it('with --json is one document', async () => {
    const { stdout } = await inFolder([], 'ls', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ level: 'LOW', reasons: [{ level: 'LOW', rule: 'bash-reads' }] });
  });

  it('takes any other type by its payload', async () => {
    const { stdout } = await inFolder([], '{"sql":"DROP TABLE x","dialect":"sqlite"}', '--type', 'DATABASE_QUERY', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ level: 'HIGH' });
  });

  it('--file --json prints one line for every case, in its order, for every type', async () => {
    const { code, stdout } = await inFolder(
      CASES.map((each) => JSON.stringify(each)),
      '--file',
      'cases.jsonl',
      '--json',
    );
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(lines.map(({ id, level }) => `${id} ${level}`)).toEqual(['a LOW', 'b CRITICAL', 'c LOW', 'd LOW', 'e CRITICAL', 'f HIGH']);
    expect(lines.every(({ reasons }) => reasons.length > 0 && reasons[0].rule !== undefined)).toBe(true);
  });

  it.each([
    [['{"id":'], ['--file', 'cases.jsonl'], /cases\.jsonl line 1: not JSON/],
    [[JSON.stringify(CASES[0]), '{"id":"x"}'], ['--file', 'cases.jsonl'], /cases\.jsonl line 2: a case is/],
    [[], ['--file', 'others.jsonl'], /--file: others\.jsonl cannot be read \(ENOENT\)/],
    [[], [], /a command or --file, one of them/],
    [[], ['ls', '--file', 'cases.jsonl'], /a command or --file, one of them/],
    [[], ['{}', '--type', 'BASH'], /--type: 'BASH' is none of BASH_COMMAND/],
  ])('%j %j exits 2 and says what was meant', async (lines, args, words) => {
    const { code, stderr } = await inFolder(lines, ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});
