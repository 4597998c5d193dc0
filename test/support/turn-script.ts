// A host's part of a turn, for tests without processes: submits the steps one by one and stops at the first that did not succeed.
import { submitRequest } from '../../actors/request/request.ts';
import type { TurnOrder, TurnOutcome } from '../../actors/work/ports.ts';
import type { Action, ExecuteOrder, PlannedStep, StepOutcome } from '../../actors/work/types.ts';
import type { System } from '../../runtime/index.ts';
import type { HostScript } from './scripted-hosts.ts';

export function bash(command: string, more: Partial<PlannedStep> = {}): PlannedStep {
  return { kind: 'bash', payload: { command }, idempotent: false, ...more };
}

async function runTurn(system: System, turn: TurnOrder, signal: AbortSignal): Promise<TurnOutcome> {
  for (const [step, planned] of turn.steps.entries()) {
    if (turn.results[step] !== undefined || planned.kind === 'message') continue;
    const { planId, taskId, attempt, agent } = turn;
    const action = { type: planned.kind === 'deploy' ? 'DEPLOYMENT' : 'BASH_COMMAND', payload: planned.payload } as unknown as Action;
    const submission = { id: `${planId}.${taskId}.${step}.${attempt}`, planId, taskId, step, attempt, action, idempotent: planned.idempotent };
    const outcome = await submitRequest(system, agent, submission);
    if (signal.aborted) throw Object.assign(new Error('aborted'), { code: 'Aborted' });
    if (outcome.status === 'succeeded') continue;
    const status = outcome.status === 'interrupted' ? 'interrupted' : 'failed';
    return { status, ...(outcome.error === undefined ? {} : { error: outcome.error }) };
  }
  return { status: 'succeeded' };
}

/** Serves turns; `execute` answers commands, or leaves one to the test by returning undefined. */
export function turnScript(system: () => System, execute: (command: string, order: ExecuteOrder, agent: string) => StepOutcome | Promise<StepOutcome> | undefined): HostScript {
  return ({ agent, method, params, signal }) => {
    if (method === 'turn.start') return runTurn(system(), params as TurnOrder, signal);
    if (method !== 'request.execute') return Promise.resolve({ ok: true });
    const order = params as ExecuteOrder;
    const outcome = execute((order.action.payload as { command: string }).command, order, agent);
    return outcome === undefined ? undefined : Promise.resolve(outcome);
  };
}

export const OK: StepOutcome = { status: 'succeeded', exitCode: 0, stdout: 'ok\n', stderr: '' };
export const FAILED: StepOutcome = { status: 'failed', exitCode: 1, stdout: '', stderr: 'no', error: { code: 'ExitCode', message: 'exit 1' } };
