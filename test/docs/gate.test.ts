// The page of the gate: its commands are run as they stand there, and its fleet file is read.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFleet } from '../../actors/fleet/fleet-file.ts';
import { runCli } from '../support/cli-run.ts';
import { privateFolder } from '../support/private-folder.ts';

const page = readFileSync(new URL('../../docs/gate.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);

/** Words of a line, quotes taken off: the page quotes with single quotes only. */
const wordsOf = (line: string): string[] => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

async function run(command: string) {
  const cwd = privateFolder();
  writeFileSync(join(cwd, 'cases.jsonl'), `${JSON.stringify({ id: 'a', type: 'BASH_COMMAND', payload: { command: 'ls' } })}\n`);
  const [program, ...args] = wordsOf(command.trim());
  expect(program).toBe('troupe');
  return runCli(args, { cwd });
}

describe('docs/gate.md', () => {
  const commands = blocks('sh');

  it('has commands to run', () => expect(commands.length).toBeGreaterThanOrEqual(4));

  it.each(commands)('%s runs', async (command) => {
    const { code, stderr } = await run(command);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('shows what the first command prints', async () => {
    const [shown = ''] = blocks('text');
    expect((await run(commands[0] ?? '')).stdout).toBe(shown);
  });

  it.each([
    [1, 'HIGH'],
    [2, 'HIGH'],
    [3, 'LOW'],
  ])('block %i comes to %s', async (at, level) => {
    expect((await run(commands[at] ?? '')).stdout).toContain(level);
  });

  it('has a fleet file that is read, its examples tried', () => {
    const [file = ''] = blocks('yaml');
    expect(readFleet(file, { file: 'troupe.yaml' })).toMatchObject({ ok: true, fleet: { policy: { rules: [{ raise: 'CRITICAL' }, { lower: 'MEDIUM' }] } } });
  });
});
