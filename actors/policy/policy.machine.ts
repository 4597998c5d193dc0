// The statechart of the policy actor: keeps the rules that people add, each until its end, and records how each came and went.
import { enqueueActions, setup } from 'xstate';
import { fact, reply } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import type { PolicyMessage, RuleAnswer } from './policy.messages.ts';
import type { StandingRule } from './standing-rule.ts';

export interface PolicyContext {
  readonly rules: readonly StandingRule[];
}

const MOST_RULES = 1_000;
/** Looked at once a day although nothing ends sooner: a timer need not be set for a year. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

function refuseRule({ rules }: PolicyContext, { id, expiresAt }: StandingRule, now: number): Extract<RuleAnswer, { ok: false }>['reason'] | undefined {
  if (rules.some((rule) => rule.id === id)) return 'exists';
  if (expiresAt <= now) return 'over';
  return rules.length >= MOST_RULES ? 'too_many' : undefined;
}

export function policyMachine({ clock }: Pick<Services, 'clock'>) {
  const now = (): number => clock.now();
  return setup({
    types: { context: {} as PolicyContext, events: {} as PolicyMessage },
    delays: { next: ({ context }) => Math.max(0, Math.min(LONGEST_WAIT_MS, ...context.rules.map(({ expiresAt }) => expiresAt - now()))) },
    actions: {
      check: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'CHECK_RULE') return;
        const reason = refuseRule(context, event.rule, now());
        enqueue(reply(reason === undefined ? { ok: true } : { ok: false, reason }));
      }),
      add: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'ADD_RULE') return;
        const reason = refuseRule(context, event.rule, now());
        if (reason !== undefined) return enqueue(reply({ ok: false, reason }));
        enqueue.assign({ rules: [...context.rules, event.rule] });
        enqueue(fact('rule.added', { ...event.rule }));
        enqueue(reply({ ok: true }));
      }),
      remove: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'REMOVE_RULE') return;
        const { id, by, why } = event;
        if (!context.rules.some((rule) => rule.id === id)) return enqueue(reply({ ok: false, reason: 'no_such_rule' }));
        enqueue.assign({ rules: context.rules.filter((rule) => rule.id !== id) });
        enqueue(fact('rule.removed', { id, by, why, at: now() }));
        enqueue(reply({ ok: true }));
      }),
      expire: enqueueActions(({ context, enqueue }) => {
        const over = context.rules.filter(({ expiresAt }) => expiresAt <= now());
        enqueue.assign({ rules: context.rules.filter((rule) => !over.includes(rule)) });
        for (const { id, expiresAt } of over) enqueue(fact('rule.expired', { id, at: expiresAt }));
      }),
    },
  }).createMachine({
    id: 'policy',
    context: { rules: [] },
    initial: 'keeping',
    states: {
      keeping: {
        after: { next: { target: 'keeping', reenter: true, actions: 'expire' } },
        on: {
          GET: { actions: reply(({ context }: { context: PolicyContext }) => ({ rules: context.rules.filter(({ expiresAt }) => expiresAt > now()) })) },
          CHECK_RULE: { actions: 'check' },
          ADD_RULE: { target: 'keeping', reenter: true, actions: 'add' },
          REMOVE_RULE: { target: 'keeping', reenter: true, actions: 'remove' },
        },
      },
    },
  });
}
