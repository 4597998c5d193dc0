// The command line in this process, with its streams recorded: for what needs no program of its own.
import { PassThrough } from 'node:stream';
import { runProgram } from '../../gateway/cli/program.ts';
import { type Clock, systemClock } from '../../runtime/index.ts';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliPlace {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** All that its input says, which then ends; default an input that stays open. */
  readonly stdin?: string;
  /** Sees what is said for people, as it is said. */
  onNote?(text: string): void;
}

function recorded(): { readonly stream: PassThrough; text(): string } {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { stream, text: () => text };
}

export async function runCli(args: readonly string[], { cwd, env = {}, clock = systemClock, stdin, onNote }: CliPlace): Promise<CliRun> {
  const [stdout, stderr] = [recorded(), recorded()];
  if (onNote !== undefined) stderr.stream.on('data', (text: string) => onNote(text));
  const input = new PassThrough();
  if (stdin !== undefined) input.end(stdin);
  const terminal = { stdout: stdout.stream, stderr: stderr.stream, stdin: input, interactive: false, colour: false, width: 120, height: 24 };
  const code = await runProgram(args, (options) => ({ terminal, env, cwd, clock, person: 'ann', options, exitCode: 0 }), terminal);
  await new Promise((resolve) => setImmediate(resolve));
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}
