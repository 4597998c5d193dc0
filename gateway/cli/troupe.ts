#!/usr/bin/env node
// The command `troupe`, in this process and on its terminal.
import { systemClock } from '../../runtime/index.ts';
import { type Cli, type CliOptions, processTerminal } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { outliveTerminal } from './lost-terminal.ts';
import { personOf } from './person.ts';
import { runProgram } from './program.ts';

function openCli(options: CliOptions): Cli {
  const person = personOf(process);
  return { terminal: processTerminal(), env: process.env, cwd: process.cwd(), clock: systemClock, person, options, exitCode: EXIT.ok };
}

outliveTerminal();
const code = await runProgram(process.argv.slice(2), openCli, process);
// What is still buffered for a pipe goes out first, and what could not be written is heard of; then nothing that lingers keeps the command.
process.stdout.write('', () => setImmediate(() => process.exit(code === EXIT.ok ? process.exitCode : code)));
