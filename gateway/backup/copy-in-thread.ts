// Has the copies of a backup made by a thread of its own: hashing and comparing everything would keep the node from its work. Where the
// built program is not there, as in tests of the sources, this thread does it.
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { codedError, type ErrorCode, TroupeError } from '../../runtime/index.ts';
import { builtProgram } from '../../runtime/package-root.ts';
import { type CopyOrder, makeCopies, type VerifiedCopies } from './make-copies.ts';

export type CopyAnswer =
  | { readonly ok: true; readonly copies: VerifiedCopies }
  | { readonly ok: false; readonly code: ErrorCode | null; readonly message: string; readonly details: Readonly<Record<string, unknown>> };

/** Rejects as `makeCopies` does, and with `BackupFailed` once the signal says so; nothing is written any more then. */
export async function copyInThread(order: CopyOrder, signal: AbortSignal): Promise<VerifiedCopies> {
  const program = builtProgram('gateway/backup/backup-thread');
  if (!existsSync(program)) return makeCopies(order);
  const thread = new Worker(program, { workerData: order });
  try {
    const answer = await answerOf(thread, signal);
    if (answer.ok) return answer.copies;
    throw answer.code === null ? codedError('BackupFailed', { problem: answer.message }) : new TroupeError(answer.code, answer.message, answer.details);
  } finally {
    await thread.terminate();
  }
}

function answerOf(thread: Worker, signal: AbortSignal): Promise<CopyAnswer> {
  return new Promise((resolve, reject) => {
    const cut = (): void => reject(codedError('BackupFailed', { problem: 'it was cut off' }));
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', () => reject(codedError('BackupFailed', { problem: 'its thread ended without an answer' })));
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut, { once: true });
  });
}
