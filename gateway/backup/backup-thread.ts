// The program of the thread that makes the copies of one backup: one order in, one answer out.
import { parentPort, workerData } from 'node:worker_threads';
import { isCoded } from '../../runtime/index.ts';
import type { CopyAnswer } from './copy-in-thread.ts';
import { type CopyOrder, makeCopies } from './make-copies.ts';

function failure(error: unknown): CopyAnswer {
  const message = error instanceof Error ? error.message : String(error);
  return isCoded(error) ? { ok: false, code: error.code, message, details: error.details } : { ok: false, code: null, message, details: {} };
}

makeCopies(workerData as CopyOrder).then(
  (copies) => parentPort?.postMessage({ ok: true, copies } satisfies CopyAnswer),
  (error: unknown) => parentPort?.postMessage(failure(error)),
);
