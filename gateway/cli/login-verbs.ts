// `login` and `logout`: the command line as one person, by a code that they confirm in a browser. From then on verbs act as them.
import { codedError } from '../../runtime/index.ts';
import { isScope } from '../identity/roles.ts';
import { readNodeFile } from '../node-file.ts';
import { type Cli, configOf, note, say } from './cli.ts';
import { beginDeviceLogin, nameIn, revoke, type Way } from './oauth-client.ts';
import { openStoredLogins, type StoredLogins } from './stored-logins.ts';
import type { Verb } from './verb.ts';

const USUAL_SCOPE = 'troupe:read troupe:act';

interface Where {
  readonly way: Way;
  readonly issuer: string;
  readonly instance: string | null;
}

/** The node that is named, else the one of the data directory. Throws `NodeUnreachable`. */
function whereOf(cli: Cli): Where {
  const named = cli.options.node ?? cli.env.TROUPE_NODE;
  const { dataDir, caFile, shown = null } = configOf(cli);
  const { clock } = cli;
  if (typeof named === 'string' && named !== '') return { way: { clock, caFile, shown }, issuer: named.replace(/\/$/, ''), instance: null };
  const node = readNodeFile(dataDir);
  const issuer = node?.urls.auth;
  if (node?.running !== true || issuer === undefined) throw codedError('NodeUnreachable', { where: `under ${dataDir}`, hint: ', or name its data directory with --data' });
  return { way: { clock, caFile: caFile ?? node.caFile, shown: shown ?? node.shown }, issuer, instance: node.instance };
}

/** Throws `InvalidConfig`. */
function storedLogins({ env, clock }: Cli): StoredLogins {
  const logins = openStoredLogins(env, clock);
  if (logins === undefined) throw codedError('InvalidConfig', { source: 'HOME', problem: 'is not set: there is no place to keep a login', fix: 'set HOME or XDG_CONFIG_HOME' });
  return logins;
}

/** `read act` and `troupe:read troupe:act` are the same. Throws `InvalidInput`. */
function scopeOf({ options }: Cli): string {
  const words = typeof options.scope === 'string' ? options.scope.split(/[ ,]+/).map((word) => (word.includes(':') ? word : `troupe:${word}`)) : USUAL_SCOPE.split(' ');
  const wrong = words.find((word) => !isScope(word));
  if (wrong !== undefined) throw codedError('InvalidInput', { problem: `login: --scope: '${wrong}' is no scope; say for example "read act approve"` });
  return words.join(' ');
}

async function logIn(cli: Cli): Promise<void> {
  const [{ way, issuer, instance }, logins, scope] = [whereOf(cli), storedLogins(cli), scopeOf(cli)];
  const login = await beginDeviceLogin(issuer, scope, way);
  note(cli, `Open this in a browser, and go on only if it shows the code ${login.userCode}:\n  ${login.url}`);
  const { accessToken, expiresAt, refreshToken, scope: given } = await login.tokens();
  const who = nameIn(accessToken);
  await logins.change(issuer, async (before) => {
    // The one that it takes the place of would live on unseen.
    if (before !== undefined) await revoke(issuer, before.refreshToken, way);
    return { issuer, instance, who, scope: given, refreshToken, access: { rpc: { token: accessToken, expiresAt } } };
  });
  const left = scope.split(' ').filter((one) => !given.split(' ').includes(one));
  if (left.length > 0) note(cli, `not allowed: ${words(left.join(' '))}. Log in again and tick it on the page, where the roles of ${who} go that far`);
  say(cli, { issuer, who, scope: given }, () => `logged in at ${issuer} as ${who}, who may ${words(given)}; \`troupe logout\` ends it`);
}

const words = (scopes: string): string => scopes.replaceAll('troupe:', '');

async function logOut(cli: Cli): Promise<void> {
  const { way, issuer } = whereOf(cli);
  const logins = storedLogins(cli);
  if (logins.find(issuer) === undefined) return say(cli, { issuer, who: null }, () => `nobody is logged in at ${issuer} here`);
  let who = '';
  await logins.change(issuer, async (login) => {
    who = login?.who ?? '';
    if (login !== undefined) await revoke(issuer, login.refreshToken, way);
    return undefined;
  });
  say(cli, { issuer, who }, () => `${who} is logged out of ${issuer}; its tokens are refused from now on`);
}

const NODE_OPTION = ['--node <url>', 'authorization server of the node, like http://127.0.0.1:5004 (TROUPE_NODE); default that of the data directory'] as const;

export const LOGIN_VERBS: readonly Verb[] = [
  {
    name: 'login',
    summary: 'logs you in by a code that you confirm in a browser; verbs act as you from then on',
    options: [NODE_OPTION, ['--scope <scopes>', 'what it may do in your name: read, act, approve, admin; default "read act"']],
    example: 'troupe login --scope "read act approve"',
    run: logIn,
  },
  { name: 'logout', summary: 'ends the login of this command line, and every token that came from it', options: [NODE_OPTION], example: 'troupe logout', run: logOut },
];
