// The policy as data: which role permits what, and which scopes say the same to OAuth clients. No permission follows from anything else.
import { OPERATION_NAME, PERMISSIONS, type Permission } from '../operations/caller.ts';

export interface Rule {
  /** Named in answers and in the audit. */
  readonly id: string;
  readonly role: Role;
  readonly permissions: readonly Permission[];
  /** Single operations besides. */
  readonly operations?: readonly string[];
}

export const ROLES = ['viewer', 'operator', 'approver', 'admin', 'agent'] as const;
export type Role = (typeof ROLES)[number];

/** An agent works. It decides only as the delegate that the policy names, which the approval itself holds it to: never on its own request, never above MEDIUM. */
export const RULES: readonly Rule[] = [
  { id: 'viewer-reads', role: 'viewer', permissions: ['read'] },
  { id: 'operator-works', role: 'operator', permissions: ['read', 'act'] },
  { id: 'approver-decides', role: 'approver', permissions: ['read', 'approve'] },
  { id: 'admin-does-everything', role: 'admin', permissions: PERMISSIONS },
  { id: 'agent-works', role: 'agent', permissions: ['read', 'act'], operations: ['approval.decide'] },
];

export function permissionsOf(roles: readonly string[]): readonly Permission[] {
  const granted = new Set(RULES.filter(({ role }) => roles.includes(role)).flatMap(({ permissions }) => permissions));
  return PERMISSIONS.filter((permission) => granted.has(permission));
}

const PREFIX = 'troupe:';
/** Narrower than a permission: one operation of the table, as in `troupe:op:task.status`. */
const OPERATION_PREFIX = `${PREFIX}op:`;

export const scopeOf = (permission: Permission): string => `${PREFIX}${permission}`;
export const scopeOfOperation = (operation: string): string => `${OPERATION_PREFIX}${operation}`;
export const SCOPES: readonly string[] = PERMISSIONS.map(scopeOf);

export function scopesOfRoles(roles: readonly string[]): readonly string[] {
  const permissions = permissionsOf(roles);
  const operations = permissions.includes('approve') ? [] : RULES.filter(({ role }) => roles.includes(role)).flatMap(({ operations: named = [] }) => named);
  return [...permissions.map(scopeOf), ...operations.map(scopeOfOperation)];
}

export const wordsOf = (scope: string): readonly string[] => scope.split(' ').filter((word) => word !== '');

export interface Powers {
  readonly permissions: readonly Permission[];
  /** Single operations. */
  readonly operations: readonly string[];
}

/** Words that are no scopes of ours give nothing. */
export function powersOf(scopes: readonly string[]): Powers {
  return {
    permissions: PERMISSIONS.filter((permission) => scopes.includes(scopeOf(permission))),
    operations: scopes.filter(isOperationScope).map((scope) => scope.slice(OPERATION_PREFIX.length)),
  };
}

export function isScope(word: string): boolean {
  return SCOPES.includes(word) || isOperationScope(word);
}

function isOperationScope(word: string): boolean {
  return word.startsWith(OPERATION_PREFIX) && OPERATION_NAME.test(word.slice(OPERATION_PREFIX.length));
}

/** Whether who holds `scopes` may hand out `wanted`; `permissionFor` is undefined for what is no operation. */
export function covers(scopes: readonly string[], wanted: string, permissionFor: (operation: string) => Permission | undefined): boolean {
  if (scopes.includes(wanted)) return true;
  if (!isOperationScope(wanted)) return false;
  const permission = permissionFor(wanted.slice(OPERATION_PREFIX.length));
  return permission !== undefined && scopes.includes(scopeOf(permission));
}
