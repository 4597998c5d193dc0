// As whom a caller decides: as an agent, as a person, as a person who has logged in. Tokens of scripts and the token file are no login.
import { codedError } from '../../runtime/index.ts';
import { agentNames } from '../node/running-node.ts';
import type { Caller } from './caller.ts';
import type { OperationContext } from './operation.ts';
import { ISSUED_BY } from './tokens.ts';

export interface Standing {
  readonly as: 'person' | 'agent';
  readonly login: boolean;
}

export function standingOf({ name, permissions, token }: Caller, agents: readonly string[]): Standing {
  const acted = token !== undefined && token.actors.length > 0;
  // Who may only decide as a delegate is one, whatever it calls itself.
  const as = acted || agents.includes(name) || !permissions.includes('approve') ? 'agent' : 'person';
  // A client's own token has its client for a subject, and one that was issued to a script says so.
  const login = as === 'person' && token !== undefined && token.subject !== token.client && token.client !== ISSUED_BY;
  return { as, login };
}

/** Where agents could find the token file, it does not make the logins that decisions want either. Throws `LoginWanted`. */
export function mustBePerson({ node, caller }: Pick<OperationContext, 'node' | 'caller'>, operation: string): void {
  if (node.unhidden && !standingOf(caller, agentNames(node.system)).login) throw codedError('LoginWanted', { operation });
}
