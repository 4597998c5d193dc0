// Runs one command line: finds its verb, and turns how it ends into an exit code and, with --json, into one document.
import { Command, CommanderError } from 'commander';
import { didYouMean } from '../../runtime/did-you-mean.ts';
import { codedError } from '../../runtime/index.ts';
import { productVersion } from '../version.ts';
import type { Cli, Terminal } from './cli.ts';
import { describeError, EXIT, exitCodeOf } from './exit-codes.ts';
import { addVerb, isHelp, type OpenCli } from './verb.ts';
import { VERBS } from './verbs.ts';

type Out = Pick<Terminal, 'stdout' | 'stderr'>;

function programOf(open: OpenCli, { stdout, stderr }: Out, done: (cli: Cli) => void): Command {
  const program = new Command('troupe')
    .description('runs a supervised fleet of agents')
    .version(productVersion(), '--version')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .addHelpText(
      'after',
      '\nExample:\n  $ troupe run plan.yaml --approve MEDIUM\n\nExit codes: 0 ok, 1 the work failed, 2 usage or invalid input, 3 no node reachable, 4 not permitted.',
    );
  for (const verb of VERBS) addVerb(program, verb, open, done);
  return program;
}

function fail(error: unknown, json: boolean, { stdout, stderr }: Out): number {
  if (isHelp(error)) return EXIT.ok;
  const usage = error instanceof CommanderError;
  const told = usage ? { code: 'InvalidInput', message: error.message.replace(/^error: /, '').replaceAll('\n', ' ') } : describeError(error);
  if (json) stdout.write(`${JSON.stringify({ error: told }, null, 2)}\n`);
  // Commander has said what is wrong already.
  if (usage) return EXIT.usage;
  stderr.write(`error: ${told.message}\n`);
  return exitCodeOf(error);
}

/** Of a verb that is none commander shows all, as if nothing were wrong. Throws `InvalidInput`. */
function checkHelp([first, verb]: readonly string[]): void {
  const known = VERBS.map(({ name }) => name);
  if (first !== 'help' || verb === undefined || verb.startsWith('-') || known.includes(verb) || verb === 'help') return;
  const meant = didYouMean(verb, known);
  throw codedError('InvalidInput', { problem: `help ${verb}: there is no such command${meant === undefined ? '; `troupe help` lists them' : `; did you mean ${meant}?`}` });
}

/** `args` without the program's own name. Resolves with the exit code. */
export async function runProgram(args: readonly string[], open: OpenCli, out: Out): Promise<number> {
  let code: number = EXIT.ok;
  try {
    checkHelp(args);
    const program = programOf(open, out, (cli) => {
      code = cli.exitCode;
    });
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return fail(error, args.includes('--json'), out);
  }
}
