// As whom a caller decides: as an agent, as a person, as a person who has logged in. Tokens of scripts and the token file are no login.
import type { Caller } from './operation.ts';
import { ISSUED_BY } from './tokens.ts';

export interface Standing {
  readonly as: 'person' | 'agent';
  readonly login: boolean;
}

export function standingOf({ name, token }: Caller, agents: readonly string[]): Standing {
  const acted = token !== undefined && token.actors.length > 0;
  const as = acted || agents.includes(name) ? 'agent' : 'person';
  // A client's own token has its client for a subject, and one that was issued to a script says so.
  const login = as === 'person' && token !== undefined && token.subject !== token.client && token.client !== ISSUED_BY;
  return { as, login };
}
