// What a guest does with a task in words: takes one that waits, says how far it is, reports its end. The task itself decides whose word
// counts: only that of its holder under the present epoch.
import { z } from 'zod';
import type { ClaimAnswer } from '../../actors/router/router.messages.ts';
import type { HolderAnswer, ReportedOutcome } from '../../actors/task/task.messages.ts';
import { codedError, isCoded } from '../../runtime/index.ts';
import { heldTask } from './answers/fleet.ts';
import { count, text } from './answers/words.ts';
import { askActor } from './asking.ts';
import { type AsGuest, asGuestInput, guestOf, noteHeard, presentGuestOf, waitAsGuest } from './guest-calls.ts';
import { nameInput, type Operation, type OperationContext, operation, whyInput } from './operation.ts';
import { seenTask } from './tasks.ts';

const CLAIM_MS = 10_000;

const REASONS: Readonly<Record<Extract<HolderAnswer, { ok: false }>['reason'], string>> = {
  not_yours: 'somebody else holds it; inbox_wait says what is yours',
  stale_epoch: 'it was handed out anew since, because nothing was heard for too long or its holder joined again; nothing of it is taken. inbox_wait says what is yours',
  ended: 'it has ended',
};

interface Said extends AsGuest {
  readonly task: string;
  readonly epoch: number;
}

const said = {
  task: nameInput.describe('as inbox_wait names it: <plan>.<task>'),
  epoch: z.coerce.number().int().min(1).describe('as inbox_wait names it'),
  ...asGuestInput,
};
const heard = z.strictObject({ task: text, epoch: count, repeated: z.boolean().describe('this report had been taken before') });

/** A task of a plan that is over answers no more: what is recorded of it says whether it was this report that ended it. */
async function recordedAnswer(context: OperationContext, agent: string, { task, epoch }: Said): Promise<HolderAnswer> {
  const { answer } = await seenTask(context, task);
  return answer?.by === agent && answer.epoch === epoch ? { ok: true, repeated: true } : { ok: false, reason: 'ended' };
}

async function tell(
  context: OperationContext,
  given: Said,
  message: { readonly type: 'REPORT'; readonly outcome: ReportedOutcome } | { readonly type: 'NOTE'; readonly note: string },
) {
  const guest = guestOf(context, given);
  const { name } = guest.agent;
  const { task, epoch } = given;
  const answer = await askActor<HolderAnswer>(context.node.system, `tasks/${task}`, { ...message, agent: name, epoch }, ['NoSuchTask', { task }]).catch((error: unknown) => {
    if (!isCoded(error, 'NoSuchTask')) throw error;
    return recordedAnswer(context, name, given);
  });
  if (!answer.ok) throw codedError('NotYourTask', { task, epoch, reason: REASONS[answer.reason] });
  await noteHeard(context, guest);
  return { task, epoch, repeated: answer.repeated };
}

export const HELD_TASK_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'task.claim',
    title: 'Take a task',
    summary: 'hands a task in words that waits for somebody to the guest that asks for it, whatever it can do; what it is handed without asking comes by inbox_wait',
    permission: 'act',
    waits: true,
    input: z.strictObject({ task: said.task, ...asGuestInput }),
    output: heldTask,
    async run(context, { task, ...as }) {
      const guest = presentGuestOf(context, as);
      if (guest.held?.task === task) return guest.held;
      const { plan: planId, id: taskId } = await seenTask(context, task);
      const answer = await askActor<ClaimAnswer>(context.node.system, 'router', { type: 'CLAIM', planId, taskId, agent: guest.agent.name });
      const busy = guest.current === null ? 'it does not wait for a guest, or is meant for another one' : 'end the task that you hold first';
      if (!answer.ok) throw codedError('NotDone', { what: 'task.claim', reason: busy });
      const { held } = await waitAsGuest(context, { as, isOver: (now) => now.held?.task === `${planId}.${taskId}`, timeoutMs: CLAIM_MS });
      if (held?.task !== `${planId}.${taskId}`) throw codedError('NotDone', { what: 'task.claim', reason: 'it was not handed over in time: ask inbox_wait' });
      return held;
    },
  }),
  operation({
    name: 'task.progress',
    title: 'Say how far a task is',
    summary: 'a note of the guest that holds a task, shown in its report',
    permission: 'act',
    idempotent: true,
    input: z.strictObject({ ...said, note: z.string().min(1).max(4_096) }),
    output: heard,
    run: (context, { note, ...given }) => tell(context, given, { type: 'NOTE', note }),
  }),
  operation({
    name: 'task.complete',
    title: 'Report a task as done',
    summary: 'ends the task that a guest holds, with what came of it; taken once, and from its present holder only',
    permission: 'act',
    idempotent: true,
    input: z.strictObject({ ...said, result: z.json().default(null).describe('what came of it: a text, or anything as JSON') }),
    output: heard,
    run: (context, { result, ...given }) => tell(context, given, { type: 'REPORT', outcome: { status: 'succeeded', result } }),
  }),
  operation({
    name: 'task.fail',
    title: 'Report a task as failed',
    summary: 'says that the guest that holds a task could not do it; with attempts left, somebody tries again',
    permission: 'act',
    idempotent: true,
    input: z.strictObject({ ...said, why: whyInput }),
    output: heard,
    run: (context, { why, ...given }) => tell(context, given, { type: 'REPORT', outcome: { status: 'failed', why } }),
  }),
];
