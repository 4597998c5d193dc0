// What `npm run demo` is told.
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';

export interface DemoSettings {
  /** Approve as `demo` without asking. */
  readonly yes: boolean;
  /** Absolute; null: a clone of this project. */
  readonly workspace: string | null;
  readonly json: boolean;
  /** Leave the data directory and the clone where they are. */
  readonly keep: boolean;
}

/** Throws CommanderError, after it has said what is wrong. */
export function readDemoSettings(argv: readonly string[], cwd: string): DemoSettings {
  const program = new Command('npm run demo --')
    .description('a supervised fleet runs a plan on a git repository, loses a session and an actor in the middle, and prints a true report')
    .option('--workspace <repository>', 'work on this repository: only the branch troupe/<plan> is left in it')
    .option('--yes', 'approve as `demo` without asking')
    .option('--keep', 'leave the data directory and the clone where they are')
    .option('--json', 'the report and the evidence as one JSON document on stdout')
    .exitOverride()
    .addHelpText('after', '\nExample:\n  $ npm run demo -- --workspace ../another-repository');
  const { workspace, yes = false, keep = false, json = false } = program.parse(argv, { from: 'user' }).opts<Partial<DemoSettings> & { workspace?: string }>();
  return { yes, keep, json, workspace: workspace === undefined ? null : resolve(cwd, workspace) };
}

/** Help is no failure. */
export function isSaid(error: unknown): error is CommanderError {
  return error instanceof CommanderError;
}
