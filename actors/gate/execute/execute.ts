// Carries out a granted request, for real, in the process it is called in. Runs exactly the action that its hash names, or nothing;
// every end is an outcome, and what it started has ended with it.
import { codedError, isCoded, type TroupeError } from '../../../runtime/errors.ts';
import type { Action, ExecuteOrder, ExecuteResult } from '../../work/types.ts';
import { refuseAction } from '../granted-action.ts';
import { type ExecuteIo, openScope, type StepScope } from './step-scope.ts';

export type { ExecuteIo } from './step-scope.ts';

/** Rejects only for a fault of its own. `timeoutMs` of the order counts from now. */
export async function execute(order: ExecuteOrder, io: ExecuteIo): Promise<ExecuteResult> {
  const refusal = await refuseAction(order);
  if (refusal !== undefined) return failed(refusal);
  const { scope, close } = openScope(order, io);
  try {
    scope.signal.throwIfAborted();
    return await perform(order.action, scope);
  } catch (error) {
    return endOf(error, scope.signal);
  } finally {
    close();
  }
}

/** Each executor is loaded with the first request of its type: a host stays small. */
async function perform(action: Action, scope: StepScope): Promise<ExecuteResult> {
  switch (action.type) {
    case 'BASH_COMMAND':
      return (await import('./bash.ts')).runBash(action.payload, scope);
    case 'FILE_OPERATION':
      return (await import('./file.ts')).operateOnFile(action.payload, scope);
    case 'API_CALL':
      return (await import('./api.ts')).callApi(action.payload, scope);
    case 'DATABASE_QUERY':
      return (await import('./query.ts')).queryDatabase(action.payload, scope);
    case 'DEPLOYMENT':
      throw codedError('DeployRefused', { version: action.payload.version, problem: 'its node deploys, not a session' });
  }
}

function failed({ code, message }: TroupeError): ExecuteResult {
  return { status: 'failed', error: { code, message } };
}

/** What was given up may have acted or not; what ran out of time has ended. */
function endOf(error: unknown, signal: AbortSignal): ExecuteResult {
  const reason: unknown = signal.aborted ? signal.reason : error;
  if (isCoded(reason, 'Interrupted')) return { ...failed(reason), status: 'interrupted' };
  if (isCoded(reason)) return failed(reason);
  const { syscall, code: problem } = error as NodeJS.ErrnoException;
  // A full disk, too many open files: an answer of the system, not a fault of the executor.
  if (syscall !== undefined) return failed(codedError('SystemFailed', { syscall, problem }));
  throw error;
}
