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
  readonly subject: string;
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
      const rows = items.map((one) => [one.id, one.subject, one.client, one.kind, at(one.createdAt), one.revokedAt === null ? at(one.expiresAt) : 'ended']);
      return say(cli, { items }, () => table(['LOGIN', 'WHO', 'CLIENT', 'BY', 'SINCE', 'UNTIL'], rows, 'nobody is logged in'));
    }
    if (verb !== 'end' || id === undefined) throw codedError('InvalidInput', { problem: 'logins: say `logins`, or `logins end <id>`' });
    say(cli, await node.call('login.revoke', { login: id }), () => `${id} is ended`);
  },
};

export const IDENTITY_VERBS: readonly Verb[] = [TOKEN_VERB, LOGINS_VERB];
