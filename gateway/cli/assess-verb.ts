// `assess`: how dangerous a command or a file of cases is, by the shipped policy. Asks no node, looks at no file that a case names.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { assessAlone, type Policy, shippedPolicy } from '../../actors/gate/index.ts';
import { type Finding, REQUEST_TYPES } from '../../actors/work/types.ts';
import { codedError } from '../../runtime/index.ts';
import { type Cli, jsonArgument, say } from './cli.ts';
import type { Verb } from './verb.ts';

interface RiskCase {
  readonly id: string;
  readonly type: string;
  readonly payload: unknown;
}

/** Throws `InvalidInput` naming the line: a case that was left out would look like one that was assessed. */
function caseOf(line: string, at: number, file: string): RiskCase {
  const value = jsonArgument(`${file} line ${at + 1}`, line) as Partial<RiskCase> | null;
  const known = typeof value?.id === 'string' && typeof value.type === 'string';
  if (!known) throw codedError('InvalidInput', { problem: `${file} line ${at + 1}: a case is {"id", "type", "payload"}, with texts for id and type` });
  return value as RiskCase;
}

function readCases(cli: Cli, file: string): readonly RiskCase[] {
  let text: string;
  try {
    text = readFileSync(resolve(cli.cwd, file), 'utf8');
  } catch (error) {
    throw codedError('InvalidInput', { problem: `--file: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no reason'})` });
  }
  return text.split('\n').flatMap((line, at) => (line.trim() === '' ? [] : [caseOf(line, at, file)]));
}

async function assessFile(cli: Cli, file: string, policy: Policy): Promise<void> {
  for (const { id, type, payload } of readCases(cli, file)) {
    const { level, findings } = await assessAlone(type, payload, policy);
    const text = cli.options.json === true ? JSON.stringify({ id, level, reasons: findings }) : `${level.padEnd(8)}  ${id}  ${findings[0]?.rule ?? ''}`;
    cli.terminal.stdout.write(`${text}\n`);
  }
}

/** The place in the text that a finding is about, on its line. */
function pointed(text: string, { span }: Finding): string[] {
  if (span === undefined) return [];
  const [start, end] = span;
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const line = text.slice(from).split('\n', 1)[0] ?? '';
  return [`          ${line}`, `          ${' '.repeat(start - from)}${'^'.repeat(Math.max(1, Math.min(end, from + line.length) - start))}`];
}

async function assessOne(cli: Cli, text: string, policy: Policy): Promise<void> {
  const type = typeof cli.options.type === 'string' ? cli.options.type : 'BASH_COMMAND';
  if (!(REQUEST_TYPES as readonly string[]).includes(type)) throw codedError('InvalidInput', { problem: `--type: '${type}' is none of ${REQUEST_TYPES.join(', ')}` });
  const payload = type === 'BASH_COMMAND' ? { command: text } : jsonArgument('payload', text);
  const { level, findings } = await assessAlone(type, payload, policy);
  say(cli, { level, reasons: findings }, () =>
    [level, ...findings.flatMap((each) => [`${each.level.padEnd(8)}  ${each.rule}: ${each.why}`, ...(type === 'BASH_COMMAND' ? pointed(text, each) : [])])].join('\n'),
  );
}

export const ASSESS_VERB: Verb = {
  name: 'assess',
  summary: 'how dangerous a command is, and why: by the rules alone, with /workspace as the workspace',
  args: ['[command]'],
  options: [
    ['--type <type>', `what it is, when no shell command, with its payload as JSON: ${REQUEST_TYPES.slice(1).join(', ')}`],
    ['--file <cases>', 'JSON Lines of {"id", "type", "payload"} instead; one line of output each'],
  ],
  example: "troupe assess 'git status && rm -rf build'",
  async run(cli, [command]) {
    const { file } = cli.options;
    if ((command === undefined) === (file === undefined)) throw codedError('InvalidInput', { problem: 'assess takes a command or --file, one of them' });
    const policy = shippedPolicy();
    if (typeof file === 'string') await assessFile(cli, file, policy);
    else await assessOne(cli, command ?? '', policy);
  },
};
