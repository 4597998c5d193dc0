// Faults of the doors, planted one by one as the sources are loaded: what the tests of refusals would be worth if none had ever failed.
// Each says which test sees it. The product knows nothing of them.

export interface DoorFault {
  /** After "a door that". */
  readonly name: string;
  readonly file: string;
  readonly replace: string;
  readonly with: string;
  readonly seenBy: { readonly file: string; readonly title: string };
}

const VERIFIER = 'gateway/identity/token-verifier.ts';
const TRUST = 'gateway/http/trust.ts';
const DOOR = 'gateway/http/door-server.ts';
const REFUSALS = 'gateway/http/refusals.ts';
const DELEGATION = 'gateway/identity/delegation.ts';
const SETTINGS = 'gateway/identity/oauth/provider-settings.ts';

const of = (file: string) => (title: string) => ({ file, title });
const verifierTest = of('test/gateway/identity/token-verifier.test.ts');
const refusalsTest = of('test/gateway/http/refusals.test.ts');
const hostileTest = of('test/gateway/http/hostile-input.test.ts');
const readersTest = of('test/gateway/http/slow-readers.test.ts');
const delegationTest = of('test/gateway/identity/delegation.test.ts');
const flowTest = of('test/oauth/code-flow.test.ts');
const pagesTest = of('test/oauth/login-pages.test.ts');
const doorsTest = of('test/oauth/tokens-at-the-doors.test.ts');

const TOKENS: readonly DoorFault[] = [
  {
    name: 'does not compare the audience of a token',
    file: VERIFIER,
    replace: "    if (!isFor(entry.audience, door)) throw refused('it is for another resource');\n",
    with: '',
    seenBy: verifierTest('a token for another door is refused'),
  },
  {
    name: 'does not compare the issuer of a token',
    file: VERIFIER,
    replace: '{ issuer, typ:',
    with: '{ typ:',
    seenBy: verifierTest('a token of another issuer is refused'),
  },
  {
    name: 'remembers a token longer than it lives',
    file: VERIFIER,
    replace: 'entry.expiresAt <= clock.now()',
    with: 'entry.expiresAt + 60_000 <= clock.now()',
    seenBy: verifierTest('a token that was admitted once is refused from the moment it expires'),
  },
  {
    name: 'is easy about the times of a token',
    file: VERIFIER,
    replace: "typ: 'at+jwt',",
    with: "typ: 'at+jwt', clockTolerance: 30,",
    seenBy: verifierTest('a token that is not valid yet is refused'),
  },
  {
    name: 'believes what nobody has signed',
    file: VERIFIER,
    replace: 'const { payload } = await jwtVerify(',
    with: "const { payload } = decodeProtectedHeader(token).alg === 'none' ? { payload: JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) } : await jwtVerify(",
    seenBy: verifierTest('a token with the algorithm none is refused'),
  },
  {
    name: 'lets a token choose its algorithm',
    file: VERIFIER,
    replace: "jwtVerify(token, key.open, { issuer, typ: 'at+jwt', algorithms: [SIGNING_ALG],",
    with: "jwtVerify(token, ({ alg }) => (alg === 'HS256' ? Buffer.from(key.open.export({ type: 'spki', format: 'pem' })) : key.open), { issuer, typ: 'at+jwt',",
    seenBy: verifierTest('a token signed by HS256 with the public key as the secret is refused'),
  },
  {
    name: 'takes its own key for a token that names none',
    file: VERIFIER,
    replace: 'kid === undefined ? undefined : keys.find(kid)',
    with: "keys.find(kid ?? '') ?? keys.current()",
    seenBy: verifierTest('a token with an unknown key id is refused'),
  },
  {
    name: 'takes an ID token for an access token',
    file: VERIFIER,
    replace: "typ: 'at+jwt', ",
    with: '',
    seenBy: verifierTest('a token of another type, as an ID token has is refused'),
  },
  {
    name: 'never asks of a token that it remembers whether it was revoked',
    file: VERIFIER,
    replace: 'entry.checkedAt !== revocations.count()',
    with: 'entry.checkedAt < 0',
    seenBy: verifierTest('a token that was admitted once is refused in the same moment in which itself is revoked'),
  },
  {
    name: 'does not look at the scope',
    file: 'gateway/operations/operation.ts',
    replace: 'return permissions.includes(permission) || operations.includes(name);',
    with: 'return permissions.length + operations.length > 0 || name === permission;',
    seenBy: doorsTest('a scope that is too small is answered at the REST door with 403 and all scopes that are needed, and recorded'),
  },
  {
    name: 'asks for more scope without what the caller has',
    file: 'gateway/http/challenge.ts',
    replace: '...(caller?.token?.scopes ?? []), ',
    with: '',
    seenBy: doorsTest('a scope that is too small is answered at the MCP door in the modern revision so that a client can ask for more, and recorded'),
  },
  {
    name: 'lets a session be used by another',
    file: 'gateway/mcp/sessions.ts',
    replace: 'session !== undefined && mayUse(session, caller) ? session',
    with: 'caller !== undefined && (session === undefined || mayUse !== undefined) ? session',
    seenBy: doorsTest('a session of another is none'),
  },
  {
    name: 'leaves open what a token has opened',
    file: 'gateway/http/lasting.ts',
    replace: 'connection.lasts && token !== undefined && !tokens.isGood(token)',
    with: 'connection.lasts && token === undefined',
    seenBy: of('test/gateway/http/lasting.test.ts')('what a token has opened ends within a second of its token, and nothing else does'),
  },
];

const DELEGATIONS: readonly DoorFault[] = [
  {
    name: 'gives a child scopes that its parent has not',
    file: DELEGATION,
    replace: 'scopes.length === 0 || beyond.length > 0',
    with: 'scopes.length + beyond.length === 0',
    seenBy: delegationTest('a token that was exchanged never does what its parent may not do, is never good longer or elsewhere, and names every actor of its chain'),
  },
  {
    name: 'gives a child a door that its parent has not',
    file: DELEGATION,
    replace: 'audience === undefined || !isWithin(audience, parent.audience)',
    with: 'audience === undefined',
    seenBy: delegationTest('a token that was exchanged is not made for another door'),
  },
  {
    name: 'lets a child outlive its parent',
    file: DELEGATION,
    replace: ', parent.expiresAt - now);',
    with: ', 1_000 * LONGEST_LIFE_S + 0 * (parent.expiresAt - now));',
    seenBy: delegationTest('a token that was exchanged never does what its parent may not do, is never good longer or elsewhere, and names every actor of its chain'),
  },
  {
    name: 'forgets who acted before',
    file: DELEGATION,
    replace: 'actOf([actor, ...parent.actors])',
    with: 'actOf([actor])',
    seenBy: delegationTest('a token that was exchanged never does what its parent may not do, is never good longer or elsewhere, and names every actor of its chain'),
  },
  {
    name: 'leaves a child its powers when its parent is revoked',
    file: DELEGATION,
    replace: 'from: [...parent.from, parent.id],',
    with: 'from: [...parent.from],',
    seenBy: delegationTest('a token that was exchanged is refused once its parent is revoked, however far up the chain, and not the other way round'),
  },
];

const LOGINS: readonly DoorFault[] = [
  {
    name: 'does not notice a code or a refresh token that comes twice',
    file: 'gateway/identity/oauth/record-store.ts',
    replace: 'row.consumed_at === null ? content : {',
    with: 'row.consumed_at !== undefined ? content : {',
    seenBy: flowTest('a refresh token is replaced at each use; a used one ends its family'),
  },
  {
    name: 'leaves the tokens of a code that came twice',
    file: 'gateway/identity/oauth/authorization-server.ts',
    replace: 'if (family === undefined || !families.revoke(family.id)) return;',
    with: 'if (family === undefined) return;',
    seenBy: flowTest('a code that comes a second time is refused, and the tokens of the first are refused from then on'),
  },
  {
    name: 'never replaces a refresh token',
    file: SETTINGS,
    replace: 'rotateRefreshToken: true,',
    with: 'rotateRefreshToken: false,',
    seenBy: flowTest('a refresh token is replaced at each use; a used one ends its family'),
  },
  {
    name: 'exchanges a token that another client holds',
    file: 'gateway/identity/oauth/token-exchange.ts',
    replace: "    if (parent.client !== client) throw new errors.InvalidGrant('the token is that of another client');\n",
    with: '',
    seenBy: of('test/oauth/token-exchange.test.ts')('a token that is exchanged that another client holds is refused, and recorded without it'),
  },
  {
    name: 'does without PKCE',
    file: SETTINGS,
    replace: 'pkce: { required: () => true },',
    with: 'pkce: { required: () => false },',
    seenBy: flowTest('an authorize request without PKCE is answered to the client with an error, the state and who says so'),
  },
  {
    name: 'does not look for its own stamp in a form',
    file: 'gateway/http/login-pages.ts',
    replace: "if (!sealing.isStamp(text, form.get('stamp') ?? ''))",
    with: "if (sealing === undefined || !form.has('stamp') || text === '')",
    seenBy: pagesTest('a form of consent without our stamp counts for nothing'),
  },
  {
    name: 'gives what was never offered to be agreed to',
    file: 'gateway/http/login-pages.ts',
    replace: '.filter((scope) => offered.includes(scope))',
    with: ".filter((scope) => offered.length >= 0 && scope !== '')",
    seenBy: pagesTest('a form that asks for more than was offered gets what was offered'),
  },
  {
    name: 'lets every client register itself for everything',
    file: SETTINGS,
    replace: 'if (grant_types.some((type) => !FOR_PEOPLE.includes(type))) throw',
    with: 'if (grant_types.length > 99) throw',
    seenBy: flowTest('a client that registered itself is refused when it wants tokens of its own'),
  },
];

const GATES: readonly DoorFault[] = [
  {
    name: 'does not look at Host',
    file: TRUST,
    replace: 'target === undefined || target.port !== port || !isOurName(target.name, host, site)',
    with: 'target === undefined || target.port !== port',
    seenBy: refusalsTest('a request that is refused at a door for a foreign Host leaves a fact in the activity, without what was secret (K34)'),
  },
  {
    name: 'does not look at Origin',
    file: TRUST,
    replace: 'page === undefined || !pagePorts.includes(page.port) || !isOurName(page.name, host, site)',
    with: "page === undefined && origin === 'null'",
    seenBy: refusalsTest('a request that is refused at a door for a foreign Origin leaves a fact in the activity, without what was secret (K34)'),
  },
  {
    name: 'opens a WebSocket to a page elsewhere',
    file: 'gateway/http/rpc-sockets.ts',
    replace: 'if (foreign !== undefined) return foreign;\n  if (stopping',
    with: 'if (stopping',
    seenBy: of('test/gateway/http/rpc-sockets.test.ts')('upgrades a foreign Origin without a token, as a browser would is refused before a socket is opened'),
  },
  {
    name: 'takes a token from the query',
    file: 'gateway/http/admission.ts',
    replace: 'caller = authenticate(request.headers, trust,',
    with: "caller = authenticate({ ...request.headers, authorization: 'Bearer ' + new URL(request.url, 'http://x').searchParams.get('access_token') }, trust,",
    seenBy: of('test/gateway/http/tokens-at-doors.test.ts')('a door with tokens takes no token from the query'),
  },
  {
    name: 'reads bodies of any size',
    file: DOOR,
    replace: 'bodyLimit: BODY_LIMIT_BYTES,',
    with: 'bodyLimit: 1_000 * BODY_LIMIT_BYTES,',
    seenBy: of('test/gateway/http/hard-doors.test.ts')('a body that is too large is refused with a fact of it'),
  },
  {
    name: 'reads JSON of any depth',
    file: 'gateway/http/json-depth.ts',
    replace: '      if (depth > DEEPEST_JSON) return true;\n',
    with: '',
    seenBy: hostileTest('JSON that is made to hurt of depth 100,000 as the payload of a message is refused and changes nothing'),
  },
  {
    name: 'takes a request with a member named __proto__ as if it were not there',
    file: DOOR,
    replace: "app.getDefaultJsonParser('error', 'error')",
    with: "app.getDefaultJsonParser('remove', 'remove')",
    seenBy: hostileTest('JSON that is made to hurt with a prototype in it reaches no operation and no prototype, at any door'),
  },
  {
    name: 'takes batches of any length',
    file: 'gateway/http/rpc-call.ts',
    replace: 'reading.frames.length > LONGEST_BATCH',
    with: 'reading.frames.length > 1_000 * LONGEST_BATCH',
    seenBy: of('test/gateway/http/rpc-door.test.ts')('batches of fifty calls are served, of one more refused whole'),
  },
  {
    name: 'reads what two servers would read differently',
    file: DOOR,
    replace: 'const HTTP = { ',
    with: 'const HTTP = { insecureHTTPParser: true, ',
    seenBy: hostileTest('requests that are made to hurt with a space before the colon is answered with a refusal and the connection is closed: nothing hides behind it'),
  },
  {
    name: 'waits for a reader that takes nothing',
    file: 'gateway/http/slow-readers.ts',
    replace: 'now - before.since >= STALLED_MS',
    with: 'now - before.since >= 100 * STALLED_MS',
    seenBy: readersTest('the watch over readers counts what is written meanwhile as nothing that was taken'),
  },
  {
    name: 'keeps for its readers as much as they leave',
    file: 'gateway/http/slow-readers.ts',
    replace: 'const MOST_WAITING_BYTES = 134_217_728;',
    with: 'const MOST_WAITING_BYTES = 134_217_728_000;',
    seenBy: readersTest('the watch over readers cuts off those for whom most waits, no more of them than it must, when too much waits for all'),
  },
];

const RECORDS: readonly DoorFault[] = [
  {
    name: 'refuses without a fact of it',
    file: 'gateway/http/admission.ts',
    replace: '    if (isCoded(error)) noteRefusal(refusedRequest(door.name, request.raw, over ?? error));\n',
    with: '',
    seenBy: refusalsTest('a request that is refused at a door for a wrong token leaves a fact in the activity, without what was secret (K34)'),
  },
  {
    name: 'refuses an operation without a fact of it',
    file: 'gateway/http/dispatch.ts',
    replace: "if (isCoded(error, 'NotPermitted') || isCoded(error, 'LoginWanted')) noteRefused",
    with: "if (isCoded(error, 'LoginWanted')) noteRefused",
    seenBy: refusalsTest('a request that is refused at a door for want of permission leaves a fact with who it was and what was asked for (K34)'),
  },
  {
    name: 'writes the query of a refused request down',
    file: REFUSALS,
    replace: "(url.split('?')[0] ?? '')",
    with: 'url',
    seenBy: refusalsTest('a request that is refused at a door for no token leaves a fact in the activity, without what was secret (K34)'),
  },
  {
    name: 'writes down the login that a foreign Origin holds',
    file: REFUSALS,
    replace: "return text.replace(/\\/\\/[^/@\\s']*@/g, '//…@');",
    with: 'return text;',
    seenBy: refusalsTest('a request that is refused at a door for a foreign Origin leaves a fact in the activity, without what was secret (K34)'),
  },
  {
    name: 'writes a one-time link down',
    file: REFUSALS,
    replace: ".replace(ONE_TIME, '$1/…')",
    with: '',
    seenBy: pagesTest('a one-time link that is opened under a foreign name is refused, and still not in the audit'),
  },
  {
    name: 'writes a flood down refusal by refusal',
    file: REFUSALS,
    replace: 'if (source.count <= WRITTEN) node.system',
    with: 'if (source.count > 0) node.system',
    seenBy: refusalsTest(
      'a request that is refused at a door by the thousand is not written by the thousand: the rest of a minute is counted by its source, and each is refused all the same (K34)',
    ),
  },
];

export const DOOR_FAULTS: readonly DoorFault[] = [...TOKENS, ...DELEGATIONS, ...LOGINS, ...GATES, ...RECORDS];
