#!/usr/bin/env node
// The command `troupe`: puts the verbs together, and turns how they end into exit codes.
import { userInfo } from 'node:os';
import { Command, CommanderError } from 'commander';
import { systemClock } from '../../runtime/index.ts';
import { productVersion } from '../version.ts';
import { ACT_VERBS } from './act-verbs.ts';
import { type Cli, type CliOptions, processTerminal } from './cli.ts';
import { DOCTOR_VERB } from './doctor-verb.ts';
import { DOWN_VERB } from './down-verb.ts';
import { describeError, EXIT, exitCodeOf } from './exit-codes.ts';
import { INIT_VERB } from './init-verb.ts';
import { PLAN_VERBS } from './plan-verbs.ts';
import { READ_VERBS } from './read-verbs.ts';
import { TERMINAL_VERBS } from './terminal-verbs.ts';
import { UP_VERB } from './up-verb.ts';
import { addVerb, isHelp, type Verb } from './verb.ts';

const VERBS: readonly Verb[] = [INIT_VERB, UP_VERB, DOWN_VERB, ...PLAN_VERBS, ...READ_VERBS, ...ACT_VERBS, ...TERMINAL_VERBS, DOCTOR_VERB];
function openCli(options: CliOptions): Cli {
  const person = userInfo().username;
  return { terminal: processTerminal(), env: process.env, cwd: process.cwd(), clock: systemClock, person, options, exitCode: EXIT.ok };
}

function programOf(done: (cli: Cli) => void): Command {
  const program = new Command('troupe')
    .description('runs a supervised fleet of agents')
    .version(productVersion(), '--version')
    .showSuggestionAfterError(true)
    .exitOverride()
    .addHelpText(
      'after',
      '\nExample:\n  $ troupe run plan.yaml --approve MEDIUM\n\nExit codes: 0 ok, 1 the work failed, 2 usage or invalid input, 3 no node reachable, 4 not permitted.',
    );
  for (const verb of VERBS) addVerb(program, verb, openCli, done);
  return program;
}

function fail(error: unknown, json: boolean): number {
  if (isHelp(error)) return EXIT.ok;
  // Commander has said what is wrong already.
  if (error instanceof CommanderError) return EXIT.usage;
  const told = describeError(error);
  if (json) process.stdout.write(`${JSON.stringify({ error: told }, null, 2)}\n`);
  process.stderr.write(`error: ${told.message}\n`);
  return exitCodeOf(error);
}

async function main(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  try {
    const program = programOf((cli) => {
      code = cli.exitCode;
    });
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    return fail(error, argv.includes('--json'));
  }
}

// A reader that has gone (`troupe actors | head`) is no failure.
process.stdout.on('error', () => process.exit(EXIT.ok));
const code = await main(process.argv);
// What is still buffered for a pipe goes out first; then nothing that lingers keeps the command.
process.stdout.write('', () => process.exit(code));
