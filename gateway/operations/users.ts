// People who may log in, and programs that may ask for tokens. Passwords never come this way: a one-time link leads to a page that takes one.
import { z } from 'zod';
import { codedError } from '../../runtime/index.ts';
import type { Client } from '../identity/clients.ts';
import { ROLES } from '../identity/roles.ts';
import type { User } from '../identity/users.ts';
import { moment, momentOrNull, pageOf, text } from './answers/words.ts';
import { type Operation, type OperationContext, operation } from './operation.ts';
import { keyPageInput, pageByKey } from './page.ts';
import { mustBePerson } from './standing.ts';

const personInput = z.string().regex(/^[A-Za-z0-9][\w.@-]{0,63}$/, 'letters, digits and . _ @ -, 64 at most');
/** On a command line with commas between. */
const rolesInput = z.preprocess((value) => (typeof value === 'string' ? value.split(',').map((word) => word.trim()) : value), z.array(z.enum(ROLES)).min(1).max(ROLES.length));
const clientInput = z.string().min(1).max(2_000);
const redirectInput = z.url({ protocol: /^https?$/ }).max(2_000);

const roles = z.array(z.enum(ROLES));
const user = z.strictObject({ name: text, roles, hasPassword: z.boolean(), lockedUntil: momentOrNull, createdAt: moment });
const client = z.strictObject({ id: text, name: text, origin: z.enum(['built-in', 'added', 'registered']), roles, createdAt: moment, usedAt: momentOrNull });
const link = { link: text.describe('leads to a page that takes a password, once, within a day'), expiresAt: moment };

const shownUser = ({ id: _id, ...shown }: User): Omit<User, 'id'> => shown;

function linkFor({ node: { identity } }: OperationContext, id: string | undefined): { readonly link: string; readonly expiresAt: number } {
  const { url, expiresAt } = identity.links.make(id);
  return { link: url, expiresAt };
}

const USERS: readonly Operation[] = [
  operation({
    name: 'user.list',
    title: 'List users',
    summary: 'who may log in, and with which roles',
    permission: 'admin',
    input: z.strictObject(keyPageInput),
    output: pageOf(user),
    run: async ({ node }, wish) => pageByKey(node.identity.users.list().map(shownUser), ({ name }) => name, wish),
  }),
  operation({
    name: 'user.add',
    title: 'Add a user',
    summary: 'one more person who may log in; answers with the link by which they choose a password',
    permission: 'admin',
    input: z.strictObject({ user: personInput, roles: rolesInput }),
    output: z.strictObject({ user: text, roles, ...link }),
    async run(context, { user: name, roles: given }) {
      mustBePerson(context, 'user.add');
      const { id, roles: now } = context.node.identity.users.add(name, given);
      context.node.system.record('user.added', { user: name, roles: now, by: context.caller.name });
      return { user: name, roles: now, ...linkFor(context, id) };
    },
  }),
  operation({
    name: 'user.roles',
    title: 'Set the roles of a user',
    summary: 'what a user may do from now on; their logins end',
    permission: 'admin',
    destructive: true,
    idempotent: true,
    input: z.strictObject({ user: personInput, roles: rolesInput }),
    output: z.strictObject({ user: text, roles }),
    async run(context, { user: name, roles: given }) {
      const { node, caller } = context;
      mustBePerson(context, 'user.roles');
      const { roles: now } = node.identity.users.setRoles(name, given);
      node.system.record('user.roles', { user: name, roles: now, by: caller.name });
      return { user: name, roles: now };
    },
  }),
  operation({
    name: 'user.link',
    title: 'Make a login link',
    summary: 'a link by which a user chooses a new password; without a user the first administrator does, where there is nobody yet',
    permission: 'admin',
    input: z.strictObject({ user: personInput.optional() }),
    output: z.strictObject({ user: text.nullable(), ...link }),
    async run(context, { user: name }) {
      mustBePerson(context, 'user.link');
      const { users } = context.node.identity;
      const known = name === undefined ? undefined : users.named(name);
      if (name !== undefined && known === undefined) throw codedError('NoSuchUser', { user: name });
      if (name === undefined && users.list().length > 0) throw codedError('InvalidInput', { problem: 'user.link: user: name one; there are users already' });
      context.node.system.record('user.link', { user: name ?? null, by: context.caller.name });
      return { user: name ?? null, ...linkFor(context, known?.id) };
    },
  }),
  operation({
    name: 'user.remove',
    title: 'Remove a user',
    summary: 'nobody logs in under that name any more, and their logins end at once',
    permission: 'admin',
    destructive: true,
    input: z.strictObject({ user: personInput }),
    output: z.strictObject({ removed: text }),
    async run({ node, caller }, { user: name }) {
      node.identity.users.remove(name);
      node.system.record('user.removed', { user: name, by: caller.name });
      return { removed: name };
    },
  }),
];

const CLIENTS: readonly Operation[] = [
  operation({
    name: 'client.list',
    title: 'List OAuth clients',
    summary: 'programs that may ask for tokens: built in, added here, or registered by themselves',
    permission: 'admin',
    input: z.strictObject(keyPageInput),
    output: pageOf(client),
    run: async ({ node }, wish) => pageByKey<Client>(node.identity.clients.list(), ({ id }) => id, wish),
  }),
  operation({
    name: 'client.add',
    title: 'Add an OAuth client',
    summary: 'a program that acts for itself with roles of its own, and with redirect URIs for people too; its secret is told once',
    permission: 'admin',
    input: z.strictObject({
      name: z.string().min(1).max(200),
      roles: rolesInput,
      redirectUris: z.array(redirectInput).max(20).default([]),
      jwks: z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(10) }).optional(),
    }),
    output: z.strictObject({ client: text, name: text, roles, secret: text.nullable().describe('null: the client signs with a key of its own') }),
    async run({ node, caller }, { name, roles: given, redirectUris, jwks }) {
      const { client: added, secret } = node.identity.clients.add({ name, roles: given, redirectUris, jwks });
      node.system.record('client.added', { client: added.id, name, roles: added.roles, by: caller.name });
      return { client: added.id, name, roles: added.roles, secret };
    },
  }),
  operation({
    name: 'client.remove',
    title: 'Remove an OAuth client',
    summary: 'it gets no token any more, and those that it has are refused at once',
    permission: 'admin',
    destructive: true,
    input: z.strictObject({ client: clientInput }),
    output: z.strictObject({ removed: text }),
    async run({ node, caller }, { client: id }) {
      const { name } = node.identity.clients.remove(id);
      node.system.record('client.removed', { client: id, name, by: caller.name });
      return { removed: id };
    },
  }),
];

export const USER_OPERATIONS: readonly Operation[] = [...USERS, ...CLIENTS];
