// A task in words: what the guest that takes it up is handed, and whose word on it counts. Only the holder under the present epoch is heard.
import type { HeldTask } from '../guest/guest-context.ts';
import { fillTemplate } from '../plan/template.ts';
import type { HolderAnswer, WordsMessage } from './task.messages.ts';
import type { TaskContext } from './task-context.ts';
import { isEnded } from './task-report.ts';

type Said = Extract<WordsMessage, { readonly type: 'REPORT' | 'NOTE' }>;

export function handOf({ order, turns }: TaskContext, at: number): HeldTask {
  const { planId, taskId, task, workspace, caller, variables } = order;
  const filled = fillTemplate(task.text ?? '', variables);
  return {
    task: `${planId}.${taskId}`,
    epoch: turns,
    text: filled.ok ? String(filled.value) : (task.text ?? ''),
    workspace: workspace === '' ? null : workspace,
    from: caller,
    since: at,
  };
}

/** Undefined when it is heard. */
export function refuseHolder({ agent, turns, status }: TaskContext, said: Said): Extract<HolderAnswer, { ok: false }>['reason'] | undefined {
  if (said.epoch !== turns) return 'stale_epoch';
  if (said.agent !== agent) return 'not_yours';
  return isEnded(status) ? 'ended' : undefined;
}

/** Whether it is the report that was taken: asked for again, as after an answer that was lost. */
export function repeats({ answer = null }: TaskContext, said: Said): boolean {
  return said.type === 'REPORT' && answer !== null && answer.by === said.agent && answer.epoch === said.epoch;
}
