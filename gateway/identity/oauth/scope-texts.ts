// What people are asked to allow, in their words, and what is chosen for them beforehand: never a scope that decides or administers.
import type { Permission } from '../../operations/caller.ts';
import { SCOPES, scopeOf } from '../roles.ts';

const TEXTS: Readonly<Record<Permission, string>> = {
  read: 'see plans, tasks, agents and the audit log',
  act: 'start and cancel work, and send messages',
  approve: 'decide on requests that wait for a person',
  admin: 'do everything, also end agents and manage users',
};
const CHOSEN: readonly string[] = [scopeOf('read'), scopeOf('act')];

/** What a client gets that asks for nothing in particular. */
export const DEFAULT_SCOPE = CHOSEN.join(' ');

export function consentChoices(requested: readonly string[], allowed: readonly string[]) {
  const ours = SCOPES.filter((scope) => requested.includes(scope));
  const sensitive = ours.every((scope) => !CHOSEN.includes(scope));
  const textOf = (scope: string): string => TEXTS[scope.slice(scope.indexOf(':') + 1) as Permission];
  return {
    // Where only such scopes are asked for, there is nothing else to choose.
    scopes: ours.filter((scope) => allowed.includes(scope)).map((scope) => ({ scope, text: textOf(scope), chosen: sensitive || CHOSEN.includes(scope) })),
    refused: ours.filter((scope) => !allowed.includes(scope)),
  };
}
