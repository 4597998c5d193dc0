// Who somebody is and what they may do: asked by other programs, answered from the policy and from tokens as they are at that moment.
// A denial is in the audit; a token that was shown is not.
import { z } from 'zod';
import { isCoded } from '../../runtime/index.ts';
import type { Identity } from '../identity/identity.ts';
import { denied, isOurResource, judge, type Standing, type Verdict } from '../identity/policy.ts';
import { scopeOf } from '../identity/roles.ts';
import { actOf } from '../identity/token-claims.ts';
import { momentOrNull, text, textOrNull } from './answers/words.ts';
import { type Caller, PERMISSIONS, type Permission } from './caller.ts';
import { nameInput, type Operation, operation } from './operation.ts';

const tokenInput = z.string().min(1).max(8_192);
/** `task.submit`, or as a tool of MCP is called. */
const actionInput = z.string().regex(/^[a-z]+[._][a-z]+$/, 'the name of an operation, like task.submit');

const permission = z.enum(PERMISSIONS);
const chain = z.array(text).describe('who acts, the latest first; empty where nobody acts for another');

const me = z.strictObject({
  name: text,
  subject: text,
  client: textOrNull,
  scope: text,
  permissions: z.array(permission),
  operations: z.array(text),
  actors: chain,
  audience: textOrNull,
  expiresAt: momentOrNull,
});

/** RFC 7662, with RFC 8693's `act`; of a token that is not good nothing is said but that. */
const introspection = z.strictObject({
  active: z.boolean(),
  token_type: z.literal('Bearer').optional(),
  iss: text.optional(),
  sub: text.optional(),
  username: text.optional(),
  client_id: text.optional(),
  aud: text.optional(),
  scope: text.optional(),
  jti: text.optional(),
  exp: z.int().optional(),
  act: z.unknown().optional(),
  permissions: z.array(permission).optional(),
});

const verdict = z.strictObject({ decision: z.enum(['allow', 'deny']), rule: text, permission: permission.nullable(), why: text });

/** Undefined for one that is good at no door of this node. */
async function callerBehind(token: string, { tokens }: Identity): Promise<Caller | undefined> {
  try {
    return await tokens.verifyAnywhere(token);
  } catch (error) {
    if (isCoded(error, 'TokenRefused')) return undefined;
    throw error;
  }
}

interface Question {
  readonly subject?: string | undefined;
  readonly token?: string | undefined;
  readonly action: string;
  readonly resource?: string | undefined;
}

interface Subject {
  /** As records show it. */
  readonly name: string;
  readonly standing: Standing | undefined;
}

/** A person by name or id, a program by its id, or whoever a token speaks for. */
async function subjectOf({ subject = '', token }: Question, identity: Identity): Promise<Subject> {
  if (token !== undefined) {
    const caller = await callerBehind(token, identity);
    return { name: caller?.name ?? 'a token that is not good', standing: caller && { scopes: caller.token?.scopes ?? [] } };
  }
  const known = identity.users.named(subject) ?? identity.users.find(subject) ?? identity.clients.find(subject);
  return { name: known?.name ?? subject, standing: known && { roles: known.roles } };
}

function verdictOn({ action, resource }: Question, { standing }: Subject, identity: Identity, permissionFor: PermissionFor): Verdict {
  const operationName = action.replace('_', '.');
  if (standing === undefined) return denied('unknown-subject', 'nobody is known by that name, or the token is not good');
  if (!isOurResource(resource, identity.resources.canonical)) return denied('unknown-resource', 'the resource is no door of this node');
  return judge(standing, operationName, permissionFor(operationName));
}

/** Undefined for what is no operation. */
export type PermissionFor = (operation: string) => Permission | undefined;

/** `permissionFor` comes from the table that these are part of. */
export const accessOperations = (permissionFor: PermissionFor): readonly Operation[] => [
  operation({
    name: 'auth.me',
    title: 'Who am I',
    summary: 'who the caller is to this node, and what they may do',
    permission: 'read',
    input: z.strictObject({}),
    output: me,
    run: async ({ caller: { name, permissions, operations = [], token } }) => ({
      name,
      subject: token?.subject ?? name,
      client: token?.client ?? null,
      scope: token?.scopes.join(' ') ?? permissions.map(scopeOf).join(' '),
      permissions,
      operations,
      actors: token?.actors ?? [],
      audience: token?.audience ?? null,
      expiresAt: token?.expiresAt ?? null,
    }),
  }),
  operation({
    name: 'auth.introspect',
    title: 'Introspect a token',
    summary: 'whether an access token is good at any door of this node now, and what it says (RFC 7662)',
    permission: 'admin',
    idempotent: true,
    input: z.strictObject({ token: tokenInput, token_type_hint: z.string().max(100).optional() }),
    output: introspection,
    async run({ node: { identity } }, { token: given }) {
      const caller = await callerBehind(given, identity);
      if (caller?.token === undefined) return { active: false };
      const { id, subject, subjectName, client, scopes, audience, expiresAt, actors } = caller.token;
      const act = actOf(actors);
      const claims = { iss: identity.resources.issuer, sub: subject, username: subjectName, client_id: client, aud: audience, scope: scopes.join(' '), jti: id };
      return { active: true, token_type: 'Bearer', ...claims, exp: Math.floor(expiresAt / 1_000), ...(act === undefined ? {} : { act }), permissions: caller.permissions };
    },
  }),
  operation({
    name: 'auth.authorize',
    title: 'May they do that',
    summary: 'whether a person, a program or the bearer of a token may run an operation of this node: allow or deny, with the rule',
    permission: 'admin',
    idempotent: true,
    input: z
      .strictObject({ subject: nameInput.optional(), token: tokenInput.optional(), action: actionInput, resource: z.string().min(1).max(2_000).optional() })
      .refine(({ subject, token }) => (subject === undefined) !== (token === undefined), { message: 'name a subject or show a token, one of the two', path: ['subject'] }),
    output: verdict,
    async run({ node, caller }, question) {
      const subject = await subjectOf(question, node.identity);
      const answer = verdictOn(question, subject, node.identity, permissionFor);
      const { action, resource = null } = question;
      if (answer.decision === 'deny')
        node.system.record('access.denied', { subject: subject.name, operation: action, resource, rule: answer.rule, why: answer.why, by: caller.name });
      return answer;
    },
  }),
];
