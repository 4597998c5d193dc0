// Messages that the policy actor takes. From outside comes only GET: rules come through operations, which know who adds them.
import { z } from 'zod';
import { getSchema } from '../work/common-messages.ts';
import type { StandingRule } from './standing-rule.ts';

export const policyMessageSchema = z.discriminatedUnion('type', [getSchema]);

export type RuleAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: 'exists' | 'too_many' | 'no_such_rule' | 'over' };

export type PolicyMessage =
  /** Answered with `{rules}`: those that have not expired. */
  | z.infer<typeof getSchema>
  /** Answered with RuleAnswer. */
  | { readonly type: 'ADD_RULE'; readonly rule: StandingRule }
  /** The answer that adding it would get; nothing is added. */
  | { readonly type: 'CHECK_RULE'; readonly rule: StandingRule }
  | { readonly type: 'REMOVE_RULE'; readonly id: string; readonly by: string; readonly why: string };
