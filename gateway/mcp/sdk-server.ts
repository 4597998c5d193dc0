// One SDK server over an offer, for one caller: the wire's rules are the SDK's, the answers are the offer's. Cheap to make: a request
// of the stateless revision gets one of its own.
import { type CacheHint, CLIENT_CAPABILITIES_META_KEY, type ClientCapabilities, ProtocolError, ProtocolErrorCode, Server, type ServerContext } from '@modelcontextprotocol/server';
import { isCoded } from '../../runtime/index.ts';
import { errorObject } from '../../runtime/json-rpc-error.ts';
import type { Caller } from '../operations/index.ts';
import type { Asking, McpOffer } from './offer.ts';
import { toldOfTasks } from './task-news.ts';
import { addTaskMethods, beginTask, TASKS_EXTENSION } from './tasks-extension.ts';

const LISTS: CacheHint = { ttlMs: 60_000, cacheScope: 'private' };
const FRESH: CacheHint = { ttlMs: 0, cacheScope: 'private' };
const TOOLS_A_PAGE = 100;
const MOST_ROUNDS = 1_000;
const ROUND_MS = 24 * 3_600_000;

type Handled = Parameters<Server['_wrapHandler']>[1];

/** Requests whose params were found good: what fails after that is no fault of who asked. */
const REACHED = new WeakSet<AbortSignal>();

/** The SDK answers params that a method does not take as an error of the server; they are the client's. What fails otherwise says so as over other doors. */
class ParamsServer extends Server {
  protected override _wrapHandler(method: string, handler: Handled): Handled {
    const wrapped = super._wrapHandler(method, handler);
    return async (request, context) => {
      try {
        return await wrapped(request, context);
      } catch (error) {
        if (error instanceof ProtocolError) throw error;
        if (REACHED.has(context.mcpReq.signal)) throw protocolErrorOf(error);
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `invalid params for ${method}: ${(error as Error).message}`);
      }
    };
  }
}

/** Errors of the table reach the client with their code, as over every door; others say nothing of themselves. */
function protocolErrorOf(error: unknown): ProtocolError {
  const { code, message, data } = errorObject(error);
  return new ProtocolError(isCoded(error, 'InvalidInput') ? ProtocolErrorCode.InvalidParams : code, message, data);
}

export function sdkServer(offer: McpOffer, caller: Caller): Server {
  const server = new ParamsServer(
    { name: offer.name, title: offer.title, version: offer.version },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        completions: {},
        logging: {},
        extensions: { [TASKS_EXTENSION]: {} },
      },
      instructions: offer.instructions,
      cacheHints: { 'tools/list': LISTS, 'prompts/list': LISTS, 'resources/templates/list': LISTS, 'server/discover': LISTS, 'resources/list': FRESH, 'resources/read': FRESH },
      requestState: { verify: offer.states.verify },
      // In sessions the SDK asks the client itself; a person takes the time that a person takes.
      inputRequired: { maxRounds: MOST_ROUNDS, roundTimeoutMs: ROUND_MS },
    },
  );
  const asking = (context: ServerContext): Asking => {
    REACHED.add(context.mcpReq.signal);
    return { caller, signal: context.mcpReq.signal, context, capabilities: declared(context) ?? server.getClientCapabilities() };
  };
  const told = toldOfTasks(server, offer.tasks);
  server.setRequestHandler('tools/list', (request) => Promise.resolve(toolPage(offer, request.params?.cursor)));
  server.setRequestHandler('tools/call', async ({ params: { name, arguments: input = {} } }, context) => {
    const asked = asking(context);
    const begun = await beginTask(offer.tasks, name, input, asked);
    if (begun === undefined) return offer.tools.call(name, input, asked);
    if (declared(context) === undefined) told.follow(begun, asked);
    return begun.answer;
  });
  server.setRequestHandler('resources/list', (request, context) => offer.resources.list(request.params?.cursor, asking(context)));
  server.setRequestHandler('resources/templates/list', () => Promise.resolve({ resourceTemplates: [...offer.resources.templates] }));
  server.setRequestHandler('resources/read', (request, context) => offer.resources.read(request.params.uri, asking(context)));
  server.setRequestHandler('prompts/list', () => Promise.resolve({ prompts: [...offer.prompts.cards] }));
  server.setRequestHandler('prompts/get', (request, context) => offer.prompts.get(request.params.name, request.params.arguments ?? {}, asking(context)));
  server.setRequestHandler('completion/complete', async (request, context) => ({
    completion: await offer.complete({ ref: request.params.ref, argument: request.params.argument }, asking(context)),
  }));
  addTaskMethods(server, offer.tasks, asking);
  return server;
}

/** Undefined in a session, where the client said it once. */
function declared({ mcpReq: { envelope } }: ServerContext): ClientCapabilities | undefined {
  return (envelope as Readonly<Record<string, ClientCapabilities>> | undefined)?.[CLIENT_CAPABILITIES_META_KEY];
}

function toolPage({ tools: { cards } }: McpOffer, cursor = '0') {
  if (!/^\d{1,6}$/.test(cursor)) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'not a cursor: give the nextCursor of the page before');
  const from = Number(cursor);
  const end = from + TOOLS_A_PAGE;
  return { tools: cards.slice(from, end), ...(cards.length > end ? { nextCursor: String(end) } : {}) };
}
