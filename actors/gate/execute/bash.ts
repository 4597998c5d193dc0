// BASH_COMMAND: one command by bash itself, in a folder of the workspace, knowing nothing of its host.
import { codedError, type TroupeError } from '../../../runtime/errors.ts';
import { isLong, keepText } from '../../work/keep-text.ts';
import type { BashPayload, StepOutcome } from '../../work/types.ts';
import { withFolder } from './contained-path.ts';
import { contained, settingsIn } from './containment/contain.ts';
import { limitWords } from './containment/limits.ts';
import { stepEnvironment } from './step-environment.ts';
import { type ProgramEnd, runProgram } from './step-process.ts';
import type { StepScope } from './step-scope.ts';

/** Limits first, then nothing but the command: a bash of its own reads it, so that it is exactly what was assessed. */
function bashArgv(command: string, { containment, timeoutMs }: StepScope): readonly [string, ...string[]] {
  const bash = ['bash', '--noprofile', '--norc', '-c'] as const;
  return [...bash, `{ ${limitWords(containment?.reach ?? 'machine', timeoutMs)}; } 2>/dev/null; exec ${bash.join(' ')} "$1"`, 'bash', command];
}

export async function runBash({ command, cwd = '.' }: BashPayload, scope: StepScope): Promise<StepOutcome> {
  const env = await stepEnvironment(scope);
  const argv = await contained(bashArgv(command, scope), scope);
  return withFolder(scope.workspace, cwd, (folder) => keepingSettings(scope, async () => outcomeOf(await runProgram({ argv, cwd: folder, env, shown: true }, scope))));
}

/** What is there is mounted so that it cannot be changed; what is not there can only be looked for afterwards. */
async function keepingSettings({ workspace, containment }: StepScope, run: () => Promise<StepOutcome>): Promise<StepOutcome> {
  if (containment?.reach !== 'workspace' || !containment.keepSettings) return run();
  const before = new Set(await settingsIn(workspace));
  const outcome = await run();
  const made = (await settingsIn(workspace)).filter((name) => !before.has(name));
  if (made.length === 0) return outcome;
  const { code, message } = codedError('SettingMade', { names: made.join(', ') });
  return { ...outcome, status: outcome.status === 'succeeded' ? 'failed' : outcome.status, error: { code, message } };
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
