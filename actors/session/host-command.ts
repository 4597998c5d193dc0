// How the agent host is started: from the built program, tuned to stay small, since ten of them run beside each other.
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { builtProgram } from '../../runtime/package-root.ts';
import { findExecutable } from './choose-terminal.ts';

/** One worker thread of V8 is enough. Heap flags would cost 20 ms a start: with them Node does not use its own start-up snapshot. */
const SMALL = ['--v8-pool-size=1'];

export function hostCommand(program: string = builtProgram('actors/session/host/main'), node: string = process.execPath): readonly [string, ...string[]] {
  return [node, ...SMALL, program];
}

/** What of a command is not there, with the fix; null when all of it is. */
export function missingProgram([binary, ...args]: readonly [string, ...string[]], path: string): { readonly problem: string; readonly fix: string } | null {
  if (findExecutable(binary, path) === null) return { problem: `'${binary}' is not an executable`, fix: 'install it, or correct the PATH of the node' };
  const program = args.find((word) => isAbsolute(word) && word.endsWith('.js') && !existsSync(word));
  return program === undefined ? null : { problem: `there is no ${program}`, fix: 'run `npm run build`, or install troupe again' };
}
