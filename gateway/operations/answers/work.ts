// Answers about work: plans, tasks, their steps, requests and approvals, as reports and as rows of the read model.
import { z } from 'zod';
import { RUNGS } from '../../../actors/approval/terms.ts';
import { REQUEST_TYPES } from '../../../actors/work/types.ts';
import { count, moment, momentOrNull, risk, text, textOrNull, workStatus } from './words.ts';

const stepError = z.strictObject({ code: text, message: text });
export const finding = z.strictObject({ rule: text, level: risk, span: z.array(z.int()).length(2).optional(), why: text });
const action = z.strictObject({ type: z.enum(REQUEST_TYPES), payload: z.record(text, z.unknown()) });

/** How a step stands; outputs only once it has settled. */
const stepReport = z.strictObject({
  type: z.enum(['bash', 'file', 'api', 'query', 'deploy', 'message']),
  status: workStatus,
  risk: risk.optional(),
  verdict: z.strictObject({ decision: z.enum(['auto', 'approved', 'denied', 'pending']), by: text.optional(), why: text.optional(), rules: z.array(text) }).optional(),
  attempts: count,
  startedAt: moment.optional(),
  endedAt: moment.optional(),
  reruns: count.optional(),
  exitCode: z.int().optional(),
  stdout: text.optional(),
  stderr: text.optional(),
  truncated: z.boolean().optional(),
  result: z.unknown().optional(),
  error: stepError.optional(),
});

const taskReport = z.strictObject({
  id: text,
  agent: textOrNull,
  status: workStatus,
  attempts: count,
  startedAt: momentOrNull,
  endedAt: momentOrNull,
  delegation: z.strictObject({ from: text, to: text, messageId: text, at: moment }).nullable(),
  error: stepError.optional(),
  steps: z.array(stepReport),
  retryAt: moment.optional().describe('when its next attempt begins, while it rests before it'),
  note: text.optional().describe('of a task in words: what its guest said last of how far it is'),
  answer: z.strictObject({ by: text, epoch: count, at: moment, result: z.unknown() }).optional().describe('of a task in words: what its guest reported'),
});

/** One task with the plan that it belongs to. */
export const taskOfPlan = taskReport.extend({ plan: text });

export const planAnswer = z.strictObject({
  plan: text,
  name: text,
  status: workStatus,
  startedAt: moment,
  endedAt: momentOrNull,
  branch: textOrNull,
  tasks: z.array(taskReport),
});

export const planRow = z.strictObject({
  plan: text,
  name: text,
  status: workStatus,
  caller: textOrNull,
  branch: textOrNull,
  startedAt: momentOrNull,
  endedAt: momentOrNull,
});

export const taskRow = z.strictObject({
  id: text,
  plan: text,
  agent: textOrNull,
  status: workStatus,
  attempts: count,
  startedAt: momentOrNull,
  endedAt: momentOrNull,
  delegatedBy: textOrNull,
  messageId: textOrNull,
  report: taskReport.nullable(),
});

export const requestRow = z.strictObject({
  id: text,
  plan: text,
  task: text,
  step: count,
  attempt: count,
  agent: text,
  type: z.enum(REQUEST_TYPES),
  action,
  idempotent: z.boolean(),
  risk,
  verdict: z.record(text, z.unknown()),
  status: workStatus,
  report: stepReport.nullable(),
  recordedAt: moment,
  updatedAt: moment,
});

/** As recorded, or as the request itself says when the record lags behind. */
export const requestSeen = z.looseObject({ id: text, agent: text, action, idempotent: z.boolean(), report: stepReport.nullable() });

export const approvalRow = z.strictObject({
  id: text,
  plan: text,
  task: text,
  agent: text,
  risk,
  action,
  findings: z.array(finding),
  actionHash: text,
  requestedAt: moment,
  expiresAt: moment,
  decision: z.enum(['approved', 'denied', 'expired', 'withdrawn']).nullable(),
  decidedBy: textOrNull,
  why: textOrNull,
  decidedAt: momentOrNull,
  request: text,
  state: z.enum(['open', 'granted', 'in_use', 'denied', 'expired', 'withdrawn', 'executed', 'interrupted']),
  rung: z.enum(RUNGS).nullable(),
  mayDecide: z
    .strictObject({
      agents: z.array(text).describe('delegates that were asked'),
      people: z.array(text).nullable().describe('null: everyone with the right to decide'),
      not: z.array(text).describe('may not approve it'),
      count: count.describe('how many people must approve'),
      login: z.boolean().describe('only a person who has logged in'),
    })
    .nullable(),
  votes: z.array(z.strictObject({ by: text, why: text, at: moment })).describe('who has approved it so far'),
  seenAt: momentOrNull.describe('when a person was first shown it'),
  seenBy: textOrNull,
  endedAt: momentOrNull,
  offer: text.optional().describe('it was approved so often that a rule is offered'),
});
