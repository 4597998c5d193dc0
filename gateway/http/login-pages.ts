// Port 5004, the pages: log in, allow or deny, choose a password by a one-time link. A form counts only with the stamp that we put into it,
// in the browser that it was shown in.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Clock, codedError, isCoded } from '../../runtime/index.ts';
import { type Attempts, attempts } from '../identity/attempts.ts';
import type { Identity } from '../identity/identity.ts';
import { LINK_PATH } from '../identity/links.ts';
import type { AuthorizationServer, Interaction } from '../identity/oauth/authorization-server.ts';
import { consentPage, htmlOf, loginPage, messagePage, type Page, passwordPage, STYLE, STYLE_PATH } from '../identity/oauth/pages.ts';
import { consentChoices } from '../identity/oauth/scope-texts.ts';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '../identity/passwords.ts';
import { scopesOfRoles } from '../identity/roles.ts';
import { pageHeaders } from './page-headers.ts';

export interface LoginPagesOptions {
  readonly identity: Identity;
  readonly server: AuthorizationServer;
  readonly clock: Clock;
  record(kind: string, body: Readonly<Record<string, unknown>>): void;
}

interface Asked {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const LARGEST_FORM_BYTES = 16_384;
const OPEN = { config: { open: true } };
const USER_NAME = /^[A-Za-z0-9][\w.@-]{0,63}$/;
const WRONG = 'Name or password is wrong, or there were too many attempts. Wait a minute before you try again.';

const show = (reply: FastifyReply, page: Page, { status = 200, target }: { readonly status?: number; readonly target?: string | undefined } = {}): FastifyReply =>
  reply.status(status).headers(pageHeaders(target)).type('text/html; charset=utf-8').send(htmlOf(page));

const formOf = ({ body }: FastifyRequest): URLSearchParams => (body instanceof URLSearchParams ? body : new URLSearchParams());

export function addLoginPages(app: FastifyInstance, options: LoginPagesOptions): void {
  const { clock } = options;
  const guesses = attempts(clock, { most: 20, withinMs: 60_000 });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: LARGEST_FORM_BYTES }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  app.get(STYLE_PATH, OPEN, (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
  app.get('/interaction/:uid', OPEN, (request, reply) => shown({ request, reply }, options, async () => showStep({ request, reply }, options)));
  app.post('/interaction/:uid/login', OPEN, (request, reply) => shown({ request, reply }, options, async () => logIn({ request, reply }, options, guesses)));
  app.post('/interaction/:uid/consent', OPEN, (request, reply) => shown({ request, reply }, options, async () => decide({ request, reply }, options)));
  app.get(`${LINK_PATH}/:secret`, OPEN, (request, reply) => shown({ request, reply }, options, async () => showLink({ request, reply }, options, undefined)));
  app.post(`${LINK_PATH}/:secret`, OPEN, (request, reply) => shown({ request, reply }, options, async () => useLink({ request, reply }, options, guesses)));
}

/** What goes wrong on a page is told on a page, and what was refused is in the audit: by the pattern of its path, which holds no secret. */
async function shown({ request, reply }: Asked, { record }: Pick<LoginPagesOptions, 'record'>, work: () => Promise<unknown>): Promise<FastifyReply> {
  const note = (code: string, why: string): void =>
    record('access.refused', { door: 'auth', code, why, remote: request.ip, method: request.method, path: request.routeOptions.url ?? '' });
  try {
    await work();
  } catch (error) {
    if (isCoded(error)) {
      note(error.code, error.message);
      return show(reply, messagePage('This did not work', error.message), { status: error.httpStatus });
    }
    if ((error as Error).name !== 'SessionNotFound') throw error;
    note('ForeignRequest', 'a login of another browser, or one that is over');
    return show(reply, messagePage('This login is over', 'It has expired, or it was begun in another browser. Start it again from where you came.'), { status: 400 });
  }
  return reply;
}

const stampText = ({ uid, step, account }: Interaction): string => `${step} ${uid} ${account ?? ''}`;

/** Throws `ForeignRequest` for a form that is not from the page that we showed. */
function checkStamp(form: URLSearchParams, text: string, { sealing }: Identity): void {
  if (!sealing.isStamp(text, form.get('stamp') ?? '')) throw codedError('ForeignRequest', { header: 'form', value: 'another page' });
}

const clientName = (client: string, { clients }: Identity): string => clients.find(client)?.name ?? client;

async function showStep({ request, reply }: Asked, options: LoginPagesOptions): Promise<void> {
  const step = await options.server.interaction(request.raw, reply.raw);
  show(reply, step.step === 'login' ? loginFor(step, options.identity, undefined) : consentFor(step, options.identity), { target: step.redirectUri });
}

function loginFor(step: Interaction, identity: Identity, problem: string | undefined): Page {
  return loginPage({ action: `/interaction/${step.uid}/login`, stamp: identity.sealing.stamp(stampText(step)), client: clientName(step.client, identity), problem });
}

function choicesFor({ account = '', scopes }: Interaction, { users }: Identity) {
  return consentChoices(scopes, scopesOfRoles(users.find(account)?.roles ?? []));
}

function consentFor(step: Interaction, identity: Identity): Page {
  return consentPage({
    action: `/interaction/${step.uid}/consent`,
    stamp: identity.sealing.stamp(stampText(step)),
    client: clientName(step.client, identity),
    target: step.redirectUri,
    user: identity.users.find(step.account ?? '')?.name ?? '',
    resources: step.resources,
    ...choicesFor(step, identity),
  });
}

async function logIn({ request, reply }: Asked, { identity, server, record }: LoginPagesOptions, guesses: Attempts): Promise<void> {
  const step = await server.interaction(request.raw, reply.raw);
  const form = formOf(request);
  checkStamp(form, stampText(step), identity);
  guesses.count(request.ip);
  const answer = await identity.users.logIn(form.get('name') ?? '', (form.get('password') ?? '').slice(0, LONGEST_PASSWORD));
  // A name that nobody has may be a password in the wrong field.
  const facts = { user: answer.user?.name ?? 'nobody', client: step.client, remote: request.ip };
  if (!answer.ok) {
    record('login.failed', { ...facts, reason: answer.reason });
    show(reply, loginFor(step, identity, WRONG), { status: 401, target: step.redirectUri });
    return;
  }
  record('login.succeeded', facts);
  reply.hijack();
  await step.logIn(answer.user.id);
}

async function decide({ request, reply }: Asked, { identity, server, record }: LoginPagesOptions): Promise<void> {
  const step = await server.interaction(request.raw, reply.raw);
  const form = formOf(request);
  if (step.step !== 'consent') throw codedError('ForeignRequest', { header: 'form', value: 'another step' });
  checkStamp(form, stampText(step), identity);
  const offered = choicesFor(step, identity).scopes.map(({ scope }) => scope);
  const chosen = form.getAll('scope').filter((scope) => offered.includes(scope));
  const facts = { user: identity.users.find(step.account ?? '')?.name ?? '', client: step.client, remote: request.ip };
  reply.hijack();
  if (form.get('decision') !== 'allow' || chosen.length === 0) {
    record('consent.denied', facts);
    return step.deny();
  }
  const login = await step.allow(chosen);
  record('consent.given', { ...facts, login, scope: chosen.join(' '), resources: step.resources });
}

const linkStamp = (secret: string): string => `link ${secret}`;

function linkOf({ params }: FastifyRequest, { links, users }: Identity): { readonly secret: string; readonly user: string | undefined; readonly id: string | null } {
  const { secret } = params as { readonly secret: string };
  const link = links.find(secret);
  const user = link?.user === null || link === undefined ? undefined : users.find(link.user);
  // The first administrator is made once.
  if (link === undefined || (link.user === null && users.list().length > 0)) throw codedError('LinkUsed');
  return { secret, user: user?.name, id: link.user };
}

async function showLink({ request, reply }: Asked, { identity }: LoginPagesOptions, problem: string | undefined): Promise<void> {
  const { secret, user } = linkOf(request, identity);
  show(reply, passwordPage({ action: `${LINK_PATH}/${secret}`, stamp: identity.sealing.stamp(linkStamp(secret)), user, problem }), { status: problem === undefined ? 200 : 400 });
}

async function useLink(asked: Asked, options: LoginPagesOptions, guesses: Attempts): Promise<void> {
  const { request, reply } = asked;
  const { identity, record } = options;
  guesses.count(request.ip);
  const { secret, user, id } = linkOf(request, identity);
  const form = formOf(request);
  checkStamp(form, linkStamp(secret), identity);
  const name = user ?? (form.get('name') ?? '').trim();
  const password = form.get('password') ?? '';
  const problem = problemWith(name, password, form.get('again') ?? '');
  if (problem !== undefined) return showLink(asked, options, problem);
  if (!identity.links.use(secret)) throw codedError('LinkUsed');
  const account = id ?? identity.users.add(name, ['admin']).id;
  await identity.users.setPassword(account, password);
  record(id === null ? 'user.added' : 'user.password', { user: name, by: 'one-time link', remote: request.ip });
  show(reply, messagePage('Saved', `${name} can log in now. You can close this page.`));
}

function problemWith(name: string, password: string, again: string): string | undefined {
  if (!USER_NAME.test(name)) return 'A name has letters, digits and . _ @ -, 64 at most.';
  if (password.length < SHORTEST_PASSWORD) return `A password has ${SHORTEST_PASSWORD} characters or more.`;
  if (password.length > LONGEST_PASSWORD) return `A password has ${LONGEST_PASSWORD} characters at most.`;
  return password === again ? undefined : 'The two passwords are not the same.';
}
