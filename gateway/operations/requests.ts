// Side effects that were asked for, and the decisions on them. A decision binds the exact action by its hash.
import { z } from 'zod';
import type { Decide, DecideAnswer } from '../../actors/approval/approval.messages.ts';
import type { DecisionRefusal } from '../../actors/approval/decision.ts';
import { REMEMBER } from '../../actors/policy/standing-rule.ts';
import { findRequest, listApprovals, listRequests, type ReadDb, timesApproved } from '../../actors/read-model/index.ts';
import { ActionSchema } from '../../actors/session/host-messages.ts';
import type { Action } from '../../actors/work/types.ts';
import { codedError, isCoded, type Message } from '../../runtime/index.ts';
import { agentNames } from '../node/running-node.ts';
import { count, pageOf, risk, text, textOrNull, workStatus } from './answers/words.ts';
import { approvalRow, finding, requestRow, requestSeen } from './answers/work.ts';
import { askActor } from './asking.ts';
import { filtered } from './filtered.ts';
import { nameInput, type Operation, type OperationContext, operation, readModel, whyInput } from './operation.ts';
import { pageInput } from './page.ts';
import { addRule, ruleToRemember, type Shown } from './rules.ts';
import { readApproval, readRequest } from './settled-report.ts';
import { standingOf } from './standing.ts';

const REASONS: Readonly<Record<DecisionRefusal, string>> = {
  not_waiting: 'it waits for no decision (any more)',
  hash_mismatch: 'its action is not the one that was decided on',
  own_request: 'an agent does not decide on its own request',
  not_asked: 'it is not for you to decide; `troupe approvals` says who may',
  login_wanted: 'its risk takes a person who has logged in: `troupe login`, then decide again',
  asked_for_it: 'you gave the work, and its risk takes two other people: ask somebody else to decide',
  voted_already: 'you have approved it already, and it takes somebody else as well',
  round_first: 'the round of agents decides on it first: `troupe rounds`; you may only deny it',
};

/** What is approved, as its decider sees it, when it may be remembered at all. */
async function shownApproval({ node }: OperationContext, request: string, decision: 'approve' | 'deny'): Promise<Shown> {
  const shown = (await readApproval(node.system, request)) as unknown as Shown;
  if (decision === 'deny') throw codedError('InvalidInput', { problem: 'remember: only an approval is remembered' });
  if (shown.verdict.level === 'CRITICAL') throw codedError('InvalidInput', { problem: 'remember: what is CRITICAL is decided each time' });
  return shown;
}

/** From so many approvals of the same action on, a rule is offered. */
const OFFERED_FROM = 12;

function withOffers(db: ReadDb, page: ReturnType<typeof listApprovals>) {
  const items = page.items.map((item) => {
    const times = item.decision === null && item.risk !== 'CRITICAL' ? timesApproved(db, String(item.agent), item.action) : 0;
    return times < OFFERED_FROM ? item : { ...item, offer: `approved ${times} times: \`troupe approve ${String(item.id)} --remember always\` makes a rule of it` };
  });
  return { ...page, items };
}

/** What a person has been shown is no alert any more. An agent that looks is nobody who would decide. */
function noteSeen({ node, caller }: OperationContext, items: ReturnType<typeof listApprovals>['items']): void {
  if (standingOf(caller, agentNames(node.system)).as === 'agent') return;
  const ids = items.filter(({ decision, seenAt }) => decision === null && seenAt === null).map(({ id }) => id);
  // One fact for all of them: of a flood only a part would be kept.
  if (ids.length > 0) node.system.record('approval.seen', { ids, by: caller.name });
}

export const REQUEST_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'request.list',
    title: 'Requests',
    summary: 'requests, the newest first',
    permission: 'read',
    input: z.strictObject({ plan: nameInput.optional(), task: nameInput.optional(), agent: nameInput.optional(), status: workStatus.optional(), ...pageInput }),
    output: pageOf(requestRow),
    run: async (context, input) => filtered(context, input, listRequests(await readModel(context), input)),
  }),
  operation({
    name: 'request.status',
    title: 'One request',
    summary: 'one request: its action, what the gate found, the decision, the outcome',
    permission: 'read',
    input: z.strictObject({ request: nameInput }),
    output: requestSeen,
    async run(context, { request }) {
      const db = await readModel(context);
      const recorded = findRequest(db, request);
      if (recorded !== undefined && db.current) return recorded;
      return readRequest(context.node.system, request).catch((error: unknown) => {
        // Ended long ago: what is recorded of it is all there is.
        if (recorded !== undefined && isCoded(error, 'NoSuchRequest')) return recorded;
        throw error;
      });
    },
  }),
  operation({
    name: 'request.assess',
    title: 'Assess an action',
    summary: 'how dangerous an action would be here, and why: under the policy and the rules of this node, without asking for it',
    permission: 'act',
    input: z.strictObject({ action: ActionSchema, workspace: z.string().regex(/^\//, 'is no absolute path').max(4_096), agent: nameInput.optional() }),
    output: z.strictObject({ level: risk, findings: z.array(finding), policy: text, allowedBy: textOrNull.describe('a rule that would let it run unasked') }),
    async run({ node }, { action, workspace, agent }) {
      const asker = agent === undefined ? null : { agent, task: '', repository: workspace };
      const { level, findings, policy, allowed } = await node.assess(action as Action, workspace, asker);
      return { level, findings, policy, allowedBy: allowed?.rule ?? null };
    },
  }),
  operation({
    name: 'approval.list',
    title: 'Approvals',
    summary: 'what waits for a decision; with `all` also what was decided',
    permission: 'read',
    input: z.strictObject({ plan: nameInput.optional(), all: z.stringbool().or(z.boolean()).optional(), ...pageInput }),
    output: pageOf(approvalRow),
    async run(context, input) {
      const db = await readModel(context);
      const page = await filtered(context, input, listApprovals(db, input));
      noteSeen(context, page.items);
      return withOffers(db, page);
    },
  }),
  operation({
    name: 'approval.decide',
    title: 'Approve or deny',
    summary: 'approves or denies one request',
    permission: 'approve',
    destructive: true,
    input: z.strictObject({
      request: nameInput,
      decision: z.enum(['approve', 'deny']),
      reason: whyInput.optional(),
      actionHash: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
      remember: z.enum(REMEMBER).optional().describe('not to be asked again for exactly this action of this agent: for its task, for a day, or until the rule is removed'),
    }),
    output: z.strictObject({
      request: text,
      decision: z.enum(['approve', 'deny']),
      by: text,
      state: z.enum(['granted', 'denied', 'waiting']),
      missing: count,
      rule: text.optional(),
    }),
    async run(context, { request, decision, reason, actionHash, remember }) {
      const { node, caller } = context;
      const standing = standingOf(caller, agentNames(node.system));
      if (remember !== undefined && standing.as === 'agent') throw codedError('InvalidInput', { problem: 'remember: only people make a rule of a decision' });
      // Before anything is decided: a rule that cannot be made is refused with the decision.
      const rule = remember === undefined ? undefined : await ruleToRemember(context, await shownApproval(context, request, decision), remember, reason ?? '');
      const hash = actionHash === undefined ? {} : { actionHash };
      const message: Decide & Message = { type: 'DECIDE', decision, by: caller.name, ...standing, reason: reason ?? '', ...hash };
      const answer = await askActor<DecideAnswer>(node.system, `approvals/${request}`, message, ['NoSuchRequest', { request }]);
      if (!answer.ok) throw codedError('NotDecided', { request, reason: REASONS[answer.reason] });
      const remembers = rule !== undefined && answer.state === 'granted';
      if (remembers) await addRule(context, rule);
      return { request, decision, by: caller.name, state: answer.state, missing: answer.missing, ...(remembers ? { rule: rule.id } : {}) };
    },
  }),
];
