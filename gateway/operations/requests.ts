// Side effects that were asked for, and the decisions on them. A decision binds the exact action by its hash.
import { z } from 'zod';
import { findRequest, listApprovals, listRequests } from '../../actors/read-model/index.ts';
import type { DecideAnswer } from '../../actors/request/request.messages.ts';
import type { RequestReport } from '../../actors/request/request-report.ts';
import { codedError, isCoded } from '../../runtime/index.ts';
import { pageOf, text } from './answers/words.ts';
import { approvalRow, requestRow, requestSeen } from './answers/work.ts';
import { askActor } from './asking.ts';
import { nameInput, type Operation, type OperationContext, operation, readModel, whyInput } from './operation.ts';
import { pageInput } from './page.ts';

const REASONS = {
  not_waiting: 'it waits for no decision (any more)',
  hash_mismatch: 'its action is not the one that was decided on',
  own_request: 'an agent does not decide on its own request',
} as const;

function requestReport({ node }: OperationContext, request: string): Promise<RequestReport> {
  return askActor<RequestReport>(node.system, `requests/${request}`, { type: 'GET' }, ['NoSuchRequest', { request }]);
}

export const REQUEST_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'request.list',
    title: 'Requests',
    summary: 'requests, the newest first',
    permission: 'read',
    input: z.strictObject({ plan: nameInput.optional(), task: nameInput.optional(), agent: nameInput.optional(), status: nameInput.optional(), ...pageInput }),
    output: pageOf(requestRow),
    run: async (context, input) => listRequests(await readModel(context), input),
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
      return requestReport(context, request).catch((error: unknown) => {
        // Ended long ago: what is recorded of it is all there is.
        if (recorded !== undefined && isCoded(error, 'NoSuchRequest')) return recorded;
        throw error;
      });
    },
  }),
  operation({
    name: 'approval.list',
    title: 'Approvals',
    summary: 'what waits for a decision; with `all` also what was decided',
    permission: 'read',
    input: z.strictObject({ plan: nameInput.optional(), all: z.stringbool().or(z.boolean()).optional(), ...pageInput }),
    output: pageOf(approvalRow),
    run: async (context, input) => listApprovals(await readModel(context), input),
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
    }),
    output: z.strictObject({ request: text, decision: z.enum(['approve', 'deny']), by: text }),
    async run({ node, caller }, { request, decision, reason, actionHash }) {
      const message = { type: 'DECIDE', decision, by: caller.name, reason: reason ?? '', ...(actionHash === undefined ? {} : { actionHash }) };
      const answer = await askActor<DecideAnswer>(node.system, `requests/${request}`, message, ['NoSuchRequest', { request }]);
      if (!answer.ok) throw codedError('NotDecided', { request, reason: REASONS[answer.reason] });
      return { request, decision, by: caller.name };
    },
  }),
];
