// Tokens that an administrator orders, for scripts and hosts, and the logins that are open: listed, and ended.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { codedError } from '../../runtime/index.ts';
import { isScope, ROLES, scopesOfRoles } from '../identity/roles.ts';
import { moment, momentOrNull, pageOf, text } from './answers/words.ts';
import { nameInput, type Operation, operation } from './operation.ts';
import { keyPageInput, pageByKey } from './page.ts';

const DAY_S = 86_400;
const DEFAULT_LIFE_S = 3_600;
/** Of tokens that were ordered: nothing has renewed them, so they may live longer than those of a login. */
const LONGEST_LIFE_S = 30 * DAY_S;
/** The client of tokens that came out of no OAuth flow. */
export const ISSUED_BY = 'troupe';

const scopeInput = z
  .string()
  .max(2_000)
  .refine((words) => words.split(' ').every(isScope), 'scopes are words like troupe:read or troupe:op:task.status, with one space between');

const login = z.strictObject({
  id: text,
  kind: z.enum(['consent', 'issued']).describe('consent: somebody agreed in a browser; issued: an administrator ordered it'),
  subject: text,
  who: text.describe('the name of the subject'),
  client: text,
  createdAt: moment,
  expiresAt: moment,
  revokedAt: momentOrNull,
});

export const TOKEN_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'token.issue',
    title: 'Issue an access token',
    summary: 'an access token for a script: with a role, or with single scopes, for one of the doors and for a time',
    permission: 'admin',
    input: z.strictObject({
      name: z.string().regex(/^[A-Za-z0-9][\w.@-]{0,63}$/, 'letters, digits and . _ @ -, 64 at most'),
      role: z.enum(ROLES).optional(),
      scope: scopeInput.optional(),
      resource: z.string().max(2_000).optional(),
      seconds: z.coerce.number().int().min(1).max(LONGEST_LIFE_S).default(DEFAULT_LIFE_S),
    }),
    output: z.strictObject({ token: text, login: text, scope: text, audience: text, expiresAt: moment }),
    async run({ node, caller }, { name, role = 'viewer', scope = scopesOfRoles([role]).join(' '), resource, seconds }) {
      const { identity, system, clock } = node;
      const audience = identity.resources.canonical(resource ?? identity.resources.default);
      if (audience === undefined) throw codedError('InvalidInput', { problem: `token.issue: resource: '${resource ?? ''}' is no door of this node` });
      const family = randomUUID();
      const lifeMs = seconds * 1_000;
      identity.families.open({ id: family, kind: 'issued', subject: name, client: ISSUED_BY, expiresAt: clock.now() + lifeMs });
      const { token, expiresAt } = await identity.issuer.issue({ sub: name, name, client_id: ISSUED_BY, aud: audience, scope, family, lifeMs });
      system.record('token.issued', { login: family, subject: name, scope, audience, expiresAt, by: caller.name });
      return { token, login: family, scope, audience, expiresAt };
    },
  }),
  operation({
    name: 'login.list',
    title: 'List logins',
    summary: 'who is logged in, with which client and until when; with `all` also what has ended',
    permission: 'admin',
    input: z.strictObject({ all: z.stringbool().or(z.boolean()).optional(), ...keyPageInput }),
    output: pageOf(login),
    run: async ({ node }, { all = false, ...wish }) => pageByKey(node.identity.families.list(all), ({ id }) => id, wish),
  }),
  operation({
    name: 'login.revoke',
    title: 'End a login',
    summary: 'ends one login at once: every token that came from it is refused',
    permission: 'admin',
    destructive: true,
    idempotent: true,
    input: z.strictObject({ login: nameInput }),
    output: z.strictObject({ revoked: text }),
    async run({ node, caller }, { login }) {
      const family = node.identity.families.find(login);
      if (family === undefined) throw codedError('NoSuchLogin', { login });
      if (node.identity.families.revoke(login)) node.system.record('login.revoked', { login, subject: family.subject, client: family.client, by: caller.name });
      return { revoked: login };
    },
  }),
];
