// A verb of the command line as data, and how it becomes a command: every one takes --data and --json and shows an example.
import { type Command, CommanderError } from 'commander';
import type { Cli, CliOptions } from './cli.ts';

export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** As commander writes them: `<agent>`, `[json]`. */
  readonly args?: readonly string[];
  readonly options?: ReadonlyArray<readonly [flags: string, text: string]>;
  readonly example: string;
  run(cli: Cli, args: readonly string[]): Promise<void>;
}

/** Options of a verb that lists. */
export const PAGE = [['--limit <n>', 'at most so many'] as const, ['--cursor <c>', 'go on after this place'] as const];

export type OpenCli = (options: CliOptions) => Cli;

export function addVerb(program: Command, { name, summary, args = [], options = [], example, run }: Verb, open: OpenCli, done: (cli: Cli) => void): void {
  const command = program.command(name).description(summary);
  for (const argument of args) command.argument(argument);
  for (const [flags, text] of options) command.option(flags, text);
  command.option('--data <dir>', 'data directory of the node (TROUPE_DATA, ./.troupe)').option('--json', 'one JSON document on stdout');
  command.addHelpText('after', `\nExample:\n  $ ${example}`);
  command.action(async (...given: unknown[]) => {
    const values = given.slice(0, args.length).map((value) => value as string);
    const cli = open(given[args.length] as CliOptions);
    await run(cli, values);
    done(cli);
  });
}

/** Help and version are no failures. */
export function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && (error.code === 'commander.helpDisplayed' || error.code === 'commander.version' || error.code === 'commander.help');
}
