// Verbs about who may do what: tokens for scripts, and logins.
import { codedError } from '../../runtime/index.ts';
import { nodeOf, say } from './cli.ts';
import { table } from './table.ts';
import type { Verb } from './verb.ts';

interface Issued {
  readonly token: string;
  readonly scope: string;
  readonly audience: string;
  readonly expiresAt: number;
}

interface Login {
  readonly id: string;
  readonly kind: string;
  readonly who: string;
  readonly client: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

const given = (members: Readonly<Record<string, unknown>>): object => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

const at = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

const TOKEN_VERB: Verb = {
  name: 'token',
  summary: 'an access token for a script; printed alone, so that a shell can keep it',
  options: [
    ['--name <name>', 'who it stands for in records; default script'],
    ['--role <role>', 'viewer, operator, approver, admin or agent; default viewer'],
    ['--scope <scopes>', 'instead of a role: words like troupe:read or troupe:op:task.status'],
    ['--resource <url>', 'the door that it is for; default the MCP endpoint'],
    ['--seconds <n>', 'how long it is good; default 3600'],
  ],
  example: 'troupe token --name ci --role operator --seconds 900',
  async run(cli) {
    const { name = 'script', role, scope, resource, seconds } = cli.options;
    const issued = await nodeOf(cli).call<Issued>('token.issue', given({ name, role, scope, resource, seconds }));
    say(cli, issued, () => issued.token);
  },
};

const LOGINS_VERB: Verb = {
  name: 'logins',
  summary: 'who is logged in; `logins end <id>` ends one at once',
  args: ['[end]', '[id]'],
  options: [['--all', 'also what has ended']],
  example: 'troupe logins',
  async run(cli, [verb, id]) {
    const node = nodeOf(cli);
    if (verb === undefined) {
      const { items } = await node.call<{ items: readonly Login[] }>('login.list', given({ all: cli.options.all }));
      const rows = items.map((one) => [one.id, one.who, one.client, one.kind, at(one.createdAt), one.revokedAt === null ? at(one.expiresAt) : 'ended']);
      return say(cli, { items }, () => table(['LOGIN', 'WHO', 'CLIENT', 'BY', 'SINCE', 'UNTIL'], rows, 'nobody is logged in'));
    }
    if (verb !== 'end' || id === undefined) throw codedError('InvalidInput', { problem: 'logins: say `logins`, or `logins end <id>`' });
    say(cli, await node.call('login.revoke', { login: id }), () => `${id} is ended`);
  },
};

interface User {
  readonly name: string;
  readonly roles: readonly string[];
  readonly hasPassword: boolean;
  readonly lockedUntil: number | null;
}

interface Client {
  readonly id: string;
  readonly name: string;
  readonly origin: string;
  readonly roles: readonly string[];
  readonly usedAt: number | null;
}

interface Link {
  readonly link: string;
  readonly expiresAt: number;
}

const linkText = (what: string, { link, expiresAt }: Link): string => `${what}\n  ${link}\nIt works once, until ${at(expiresAt)}.`;

/** Throws `InvalidInput`. */
function needed(value: unknown, problem: string): string {
  if (typeof value !== 'string' || value === '') throw codedError('InvalidInput', { problem });
  return value;
}

const stateOf = ({ hasPassword, lockedUntil }: User): string => (lockedUntil !== null ? `locked until ${at(lockedUntil)}` : hasPassword ? 'can log in' : 'has no password yet');

const USERS_VERB: Verb = {
  name: 'users',
  summary: 'who may log in: list, add <name>, roles <name>, passwd [name], remove <name>',
  args: ['[verb]', '[name]'],
  options: [['--role <roles>', 'viewer, operator, approver, admin, agent; several with commas between']],
  example: 'troupe users add ada --role operator,approver',
  async run(cli, [verb = 'list', name]) {
    const node = nodeOf(cli);
    const user = () => needed(name, `users ${verb}: name the user`);
    const roles = () => needed(cli.options.role, `users ${verb} needs --role`);
    if (verb === 'list') {
      const { items } = await node.call<{ items: readonly User[] }>('user.list');
      return say(cli, { items }, () =>
        table(
          ['USER', 'ROLES', 'STATE'],
          items.map((one) => [one.name, one.roles.join(', '), stateOf(one)]),
          'nobody may log in yet: `troupe users passwd` makes the first link',
        ),
      );
    }
    if (verb === 'add') {
      const added = await node.call<Link>('user.add', { user: user(), roles: roles() });
      return say(cli, added, () => linkText(`${name} chooses a password here:`, added));
    }
    if (verb === 'passwd') {
      const made = await node.call<Link>('user.link', given({ user: name }));
      return say(cli, made, () => linkText(`${name ?? 'The first administrator'} chooses a password here:`, made));
    }
    if (verb === 'roles')
      return say(cli, await node.call('user.roles', { user: user(), roles: roles() }), () => `${name} is ${String(cli.options.role)} from now on; their logins have ended`);
    if (verb === 'remove') return say(cli, await node.call('user.remove', { user: user() }), () => `${name} is removed`);
    throw codedError('InvalidInput', { problem: `users ${verb}: say list, add, roles, passwd or remove` });
  },
};

const CLIENTS_VERB: Verb = {
  name: 'clients',
  summary: 'programs that may ask for tokens: list, add <name>, remove <id>',
  args: ['[verb]', '[name]'],
  options: [
    ['--role <roles>', 'what it may do for itself; several with commas between'],
    ['--redirect <url>', 'where people are sent back to; several with commas between'],
  ],
  example: 'troupe clients add ci --role operator',
  async run(cli, [verb = 'list', name]) {
    const node = nodeOf(cli);
    if (verb === 'list') {
      const { items } = await node.call<{ items: readonly Client[] }>('client.list');
      const rows = items.map((one) => [one.id, one.name, one.origin, one.roles.join(', '), one.usedAt === null ? 'never' : at(one.usedAt)]);
      return say(cli, { items }, () => table(['CLIENT', 'NAME', 'ORIGIN', 'ROLES', 'USED'], rows, 'no clients'));
    }
    if (verb === 'add') {
      const redirectUris = typeof cli.options.redirect === 'string' ? cli.options.redirect.split(',').map((url) => url.trim()) : undefined;
      const input = given({ name: needed(name, 'clients add: name it'), roles: needed(cli.options.role, 'clients add needs --role'), redirectUris });
      const added = await node.call<{ client: string; secret: string | null }>('client.add', input);
      return say(cli, added, () => `client_id      ${added.client}\nclient_secret  ${added.secret ?? '-'}\nThe secret is not shown again.`);
    }
    if (verb === 'remove') return say(cli, await node.call('client.remove', { client: needed(name, 'clients remove: name its id') }), () => `${name} is removed`);
    throw codedError('InvalidInput', { problem: `clients ${verb}: say list, add or remove` });
  },
};

export const IDENTITY_VERBS: readonly Verb[] = [USERS_VERB, CLIENTS_VERB, TOKEN_VERB, LOGINS_VERB];
