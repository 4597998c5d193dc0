// The testing agent's look: what the workspace's own tests say.
import type { StepOutcome } from '../../work/types.ts';
import type { Finding } from '../ballot-context.ts';

/** The end of an output is where tests say how they went. */
const TAIL = 2_000;

const tail = (text: string | undefined): string => (text ?? '').slice(-TAIL);

export function judgeTests(command: string, { status, exitCode, stdout, stderr, error }: StepOutcome): Finding {
  const evidence = { command, status, exitCode: exitCode ?? null, stdout: tail(stdout), stderr: tail(stderr) };
  if (status === 'succeeded') return { vote: 'yes', why: `${command} passed`, evidence };
  return { vote: 'no', why: `${command} failed: ${error?.message ?? status}`.slice(0, TAIL), evidence };
}
