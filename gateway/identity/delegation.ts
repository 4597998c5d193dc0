// A token for an agent or a task, made from the token of who starts it: never more scopes, another resource or a longer life than its
// parent, and who acted for whom stays in it. Revoking a parent revokes what was made from it.
import type { CallerToken, Permission } from '../operations/caller.ts';
import type { Resources } from './resources.ts';
import { covers, wordsOf } from './roles.ts';
import { type Act, actOf, MOST_ACTORS } from './token-claims.ts';
import type { NewClaims } from './token-issuer.ts';

export interface DelegationWish {
  /** Who acts from now on: the address of an agent or a task. */
  readonly actor: string | undefined;
  /** Default those of the parent. */
  readonly scope: string | undefined;
  /** Default that of the parent. */
  readonly resource: string | undefined;
  readonly seconds: number | undefined;
}

export interface Surroundings {
  readonly resources: Resources;
  readonly now: number;
  /** The client that asks. */
  readonly client: string;
  permissionFor(operation: string): Permission | undefined;
}

export type Delegation =
  | { readonly ok: true; readonly claims: NewClaims }
  | { readonly ok: false; readonly reason: 'invalid_request' | 'invalid_scope' | 'invalid_target'; readonly why: string };

const ADDRESS = /^[A-Za-z0-9][\w.:@-]*(\/[A-Za-z0-9][\w.:@-]*)*$/;
const LONGEST_ADDRESS = 200;
const USUAL_LIFE_S = 600;
const LONGEST_LIFE_S = 3_600;

export function delegate(parent: CallerToken, wish: DelegationWish, { resources, now, client, permissionFor }: Surroundings): Delegation {
  const { actor, scope, resource, seconds = USUAL_LIFE_S } = wish;
  if (actor === undefined || actor.length > LONGEST_ADDRESS || !ADDRESS.test(actor)) return no('invalid_request', 'actor: the address of an agent or a task, like agents/testing');
  if (!Number.isSafeInteger(seconds) || seconds < 1) return no('invalid_request', 'expires_in: a number of seconds');
  if (parent.actors.length >= MOST_ACTORS) return no('invalid_request', `a chain has ${MOST_ACTORS} actors at most`);
  const scopes = scope === undefined ? parent.scopes : wordsOf(scope);
  const beyond = scopes.filter((one) => !covers(parent.scopes, one, permissionFor));
  if (scopes.length === 0 || beyond.length > 0) return no('invalid_scope', `not the parent's to give: ${beyond.join(' ')}`);
  const audience = resource === undefined ? parent.audience : resources.canonical(resource);
  if (audience === undefined || !isWithin(audience, parent.audience)) return no('invalid_target', "the resource is not the parent's, or a part of it");
  const lifeMs = Math.min(1_000 * Math.min(seconds, LONGEST_LIFE_S), parent.expiresAt - now);
  return {
    ok: true,
    claims: {
      sub: parent.subject,
      name: parent.subjectName,
      client_id: client,
      aud: audience,
      scope: scopes.join(' '),
      act: actOf([actor, ...parent.actors]) as Act,
      from: [...parent.from, parent.id],
      ...(parent.family === undefined ? {} : { family: parent.family }),
      lifeMs,
    },
  };
}

const no = (reason: Extract<Delegation, { ok: false }>['reason'], why: string): Delegation => ({ ok: false, reason, why });

function isWithin(audience: string, parent: string): boolean {
  return audience === parent || audience.startsWith(`${parent}/`);
}
