// The answer to "may they do that": from the rules of roles, or from the scopes of a token, always with the rule that decided. What no rule
// allows is denied.
import type { Permission } from '../operations/caller.ts';
import { type Role, RULES, scopeOf, scopeOfOperation } from './roles.ts';

export interface Verdict {
  readonly decision: 'allow' | 'deny';
  /** The id of a rule of roles, a scope, or one of the reasons of a denial. */
  readonly rule: string;
  /** What the action needs; null for what is no action. */
  readonly permission: Permission | null;
  readonly why: string;
}

/** By what somebody may do something: the roles of a person or a program, or what a token says. */
export type Standing = { readonly roles: readonly Role[] } | { readonly scopes: readonly string[] };

export const denied = (rule: string, why: string, permission: Permission | null = null): Verdict => ({ decision: 'deny', rule, permission, why });

/** `permission`: what the operation `action` needs, if it is one. */
export function judge(standing: Standing, action: string, permission: Permission | undefined): Verdict {
  if (permission === undefined) return denied('unknown-action', `'${action}' is no operation of this node`);
  const rule = 'roles' in standing ? ruleFor(standing.roles, action, permission) : scopeFor(standing.scopes, action, permission);
  if (rule !== undefined) return { decision: 'allow', rule, permission, why: `${rule} permits '${permission}'` };
  const held = 'roles' in standing ? `roles: ${standing.roles.join(', ') || 'none'}` : `scopes: ${standing.scopes.join(' ') || 'none'}`;
  return denied('nothing-permits', `${action} needs '${permission}'; ${held}`, permission);
}

/** The narrowest that allows it. */
function ruleFor(roles: readonly Role[], action: string, permission: Permission): string | undefined {
  const allowing = RULES.filter(({ role, permissions, operations = [] }) => roles.includes(role) && (permissions.includes(permission) || operations.includes(action)));
  return allowing.reduce<(typeof RULES)[number] | undefined>((best, rule) => (best === undefined || rule.permissions.length < best.permissions.length ? rule : best), undefined)
    ?.id;
}

function scopeFor(scopes: readonly string[], action: string, permission: Permission): string | undefined {
  return [scopeOfOperation(action), scopeOf(permission)].find((scope) => scopes.includes(scope));
}

/** A resource as somebody names it in a question: one of ours, or nothing in particular. */
export function isOurResource(resource: string | undefined, canonical: (resource: string) => string | undefined): boolean {
  return resource === undefined || resource.startsWith('troupe://') || canonical(resource) !== undefined;
}
