// What agent hosts answer, parsed where it enters the node. Texts are cut to what a record keeps, so a host cannot swell a snapshot.
import { z } from 'zod';
import { codedError, type ErrorCode } from '../../runtime/index.ts';
import { isLong, keepText } from './keep-text.ts';
import type { TurnOutcome } from './ports.ts';
import { OUTPUT_KEPT, type StepError, type StepOutcome } from './types.ts';

const stepError = z.object({ code: z.string().max(128), message: z.string().transform((text) => text.slice(0, 4_096)) });

const executeResult = z.object({
  status: z.enum(['succeeded', 'failed', 'denied', 'interrupted', 'skipped', 'cancelled']),
  exitCode: z.number().int().optional(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
  truncated: z.boolean().optional(),
  result: z.json().optional(),
  error: stepError.optional(),
});

const turnOutcome = z.object({ status: z.enum(['succeeded', 'failed', 'interrupted', 'cancelled']), error: stepError.optional() });

/** Throws ZodError for an answer of another shape. */
export function readStepOutcome(answer: unknown): StepOutcome {
  const { status, exitCode, stdout, stderr, truncated, result, error } = executeResult.parse(answer);
  const keeps = result === undefined || JSON.stringify(result).length <= OUTPUT_KEPT;
  const cut = truncated === true || !keeps || isLong(stdout) || isLong(stderr);
  return {
    status,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(stdout === undefined ? {} : { stdout: keepText(stdout) }),
    ...(stderr === undefined ? {} : { stderr: keepText(stderr) }),
    ...(cut ? { truncated: true } : {}),
    ...(result === undefined ? {} : { result: keeps ? result : null }),
    ...(error === undefined ? {} : { error }),
  };
}

/** The epoch in which the host began what it answers: an earlier one when it went on with what another node had begun. */
export function readBegunIn(answer: unknown, epoch: number): number {
  return z.object({ begunIn: z.int().nonnegative().max(epoch).default(epoch) }).parse(answer).begunIn;
}

const earlierOutcome = z.object({ outcome: z.unknown().nullable() });

/** Of an execution that an earlier node began; null: the host knows of none. Throws ZodError for an answer of another shape. */
export function readEarlierOutcome(answer: unknown): StepOutcome | null {
  const { outcome } = earlierOutcome.parse(answer);
  return outcome === null ? null : readStepOutcome(outcome);
}

/** Throws ZodError for an answer of another shape. */
export function readTurnOutcome(answer: unknown): TurnOutcome {
  const { status, error } = turnOutcome.parse(answer);
  return error === undefined ? { status } : { status, error };
}

/** An error of the table, as records keep it. */
export function workError(code: ErrorCode, details: Readonly<Record<string, unknown>> = {}): StepError {
  const { message } = codedError(code, details);
  return { code, message };
}

/** An effect's error as it arrives in a statechart. */
export function readError(error: unknown): StepError {
  const given = typeof error === 'object' && error !== null ? (error as { name?: unknown; code?: unknown; message?: unknown }) : {};
  const code = typeof given.code === 'string' ? given.code : typeof given.name === 'string' ? given.name : 'Error';
  return { code, message: typeof given.message === 'string' ? given.message.slice(0, 4_096) : String(error) };
}
