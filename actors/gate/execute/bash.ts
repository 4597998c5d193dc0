// BASH_COMMAND: one command by bash itself, in a folder of the workspace, knowing nothing of its host.
import { codedError, type TroupeError } from '../../../runtime/errors.ts';
import { isLong, keepText } from '../../work/keep-text.ts';
import type { BashPayload, StepOutcome } from '../../work/types.ts';
import { withFolder } from './contained-path.ts';
import { stepEnvironment } from './step-environment.ts';
import { type ProgramEnd, runProgram } from './step-process.ts';
import type { StepScope } from './step-scope.ts';

/** The seam for containment: whatever wraps the command goes around these words. */
function bashArgv(command: string): readonly [string, ...string[]] {
  return ['bash', '--noprofile', '--norc', '-c', command];
}

export async function runBash({ command, cwd = '.' }: BashPayload, scope: StepScope): Promise<StepOutcome> {
  const env = await stepEnvironment(scope);
  return withFolder(scope.workspace, cwd, async (folder) => outcomeOf(await runProgram({ argv: bashArgv(command), cwd: folder, env, shown: true }, scope)));
}

function outcomeOf(end: ProgramEnd): StepOutcome {
  const { exitCode, stdout, stderr } = end;
  const error = end.cut ?? failureOf(end);
  const cutShort = error?.code === 'OutputLimit' || isLong(stdout) || isLong(stderr);
  return {
    status: error === undefined ? 'succeeded' : error.code === 'Interrupted' ? 'interrupted' : 'failed',
    ...(exitCode === null ? {} : { exitCode }),
    stdout: keepText(stdout),
    stderr: keepText(stderr),
    ...(cutShort ? { truncated: true } : {}),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}

const LONGEST_WORDS = 200;

function failureOf({ exitCode, signal, stderr }: ProgramEnd): TroupeError | undefined {
  if (exitCode === 0) return undefined;
  const last = stderr.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const words = last === '' ? '' : `: ${last.slice(0, LONGEST_WORDS)}`;
  return codedError('CommandFailed', { how: exitCode === null ? `signal ${signal}` : `exit code ${exitCode}`, words });
}
