// The behaviour of requests: the template of the dynamic supervisor `requests`, and the door through which a host's step comes in.
import type { ChildSpec, System } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import type { Services } from '../fleet/services.ts';
import { readStepOutcome, workError } from '../work/outcome.ts';
import type { RequestSubmission } from '../work/ports.ts';
import type { StepOutcome } from '../work/types.ts';
import { requestMachine } from './request.machine.ts';

/** A step's own deadline when its plan gives none. */
export const STEP_TIMEOUT_MS = 600_000;
/** Longer than any decision and execution together: the asker is a host that lives no longer than its session. */
const AWAIT_MS = 7 * 24 * 3_600_000;

/** Template `request` of the supervisor `requests`. */
export function requestTemplate(services: Services): (input: unknown, id: string) => ChildSpec {
  const logic = requestMachine(services);
  return (input, id) => worker(id, logic, { durable: true, restart: 'transient', input, version: 1 });
}

export type SubmitRefusal = 'not_running' | 'not_your_task' | 'stale_attempt' | 'no_such_step' | 'other_step';

/**
 * A step that a host submits: its task checks that it is the one it may submit now and starts the request; resolves with the
 * outcome once that has settled. The same id again joins the first. One that is not accepted has failed with `StepRefused`.
 */
export async function submitRequest(system: Pick<System, 'ref'>, agent: string, submission: RequestSubmission): Promise<StepOutcome> {
  const task = system.ref(`tasks/${submission.planId}.${submission.taskId}`);
  const answer = (await task.ask({ type: 'SUBMIT_STEP', agent, submission }, { timeoutMs: 30_000 })) as { ok: true } | { ok: false; reason: SubmitRefusal };
  if (!answer.ok) return { status: 'failed', error: workError('StepRefused', { step: submission.id, reason: answer.reason }) };
  return readStepOutcome(await system.ref(`requests/${submission.id}`).ask({ type: 'AWAIT' }, { timeoutMs: AWAIT_MS }));
}
