// One request to an agent in A2A's JSON-RPC, of revision 1.0 or, when the header names no other, 0.3. The SDK reads and writes the wire;
// who asks was found out before.
import { once } from 'node:events';
import { formatSSEEvent, SSE_HEADERS } from '@a2a-js/sdk';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import { PushNotificationNotSupportedError, RequestMalformedError } from '@a2a-js/sdk/errors';
import { JsonRpcTransportHandler, ServerCallContext, validateVersion } from '@a2a-js/sdk/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AgentReport } from '../../actors/agent/agent-report.ts';
import { callerOf, goneSignal } from '../http/api-door.ts';
import type { NodeNow } from '../http/dispatch.ts';
import { takeOver } from '../http/take-over.ts';
import type { Log } from '../log.ts';
import { A2A_LEGACY_VERSION, agentCard, type CardPlace, cardDocument } from './agent-card.ts';
import { AgentRequests } from './agent-requests.ts';
import { ASKING, type Asking, refusalIn } from './asking.ts';

const PUSH_METHOD = /pushNotificationConfig/i;

export interface A2aServingOptions {
  readonly nodeNow: NodeNow;
  readonly log: Log;
}

export interface A2aServing {
  /** The caller is known. Throws what HTTP has to say: that the token does not reach. */
  serve(request: FastifyRequest, reply: FastifyReply, report: AgentReport, place: CardPlace): Promise<FastifyReply>;
  card(report: AgentReport, place: CardPlace): object;
}

export function a2aServing({ nodeNow, log }: A2aServingOptions): A2aServing {
  return {
    card: (report, place) => cardDocument(agentCard(report, place)),
    async serve(request, reply, report, place) {
      const card = agentCard(report, place);
      const requests = new AgentRequests({ agent: report.name, nodeNow, log, card });
      const version = versionOf(request);
      const Transport = version === A2A_LEGACY_VERSION ? LegacyJsonRpcTransportHandler : JsonRpcTransportHandler;
      const asking: Asking = { caller: callerOf(request), signal: goneSignal(reply)() };
      const context = new ServerCallContext({ requestedVersion: version, state: new Map<string, unknown>([[ASKING, asking]]) });
      const refused = versionRefusal(version, card) ?? pushRefusal(request.body) ?? textless(request.body);
      if (refused !== undefined) return reply.send({ jsonrpc: '2.0', id: idOf(request.body), error: refused });
      const answer: unknown = await new Transport(requests).handle(request.body as Record<string, unknown>, context);
      if (!isStream(answer)) return done(reply, asking, answer);
      const first = await answer.next().catch((error: unknown) => ({ done: true, value: errorAnswer(Transport, request.body, error) }) as const);
      if (first.done === true) return done(reply, asking, first.value ?? errorAnswer(Transport, request.body, new Error('nothing to tell')));
      return stream(reply, answer, first.value);
    },
  };
}

function done(reply: FastifyReply, asking: Asking, answer: unknown): FastifyReply {
  const refusal = refusalIn(asking);
  if (refusal !== undefined) throw refusal;
  return reply.send(answer);
}

type Answers = AsyncGenerator<unknown, void, undefined>;

function isStream(answer: unknown): answer is Answers {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
}

async function stream(reply: FastifyReply, answers: Answers, first: unknown): Promise<FastifyReply> {
  const raw = takeOver(reply);
  raw.writeHead(200, { ...SSE_HEADERS, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  const tell = async (answer: unknown): Promise<void> => {
    if (!raw.write(formatSSEEvent(answer)) && !raw.destroyed) await Promise.race([once(raw, 'drain'), once(raw, 'close')]);
  };
  try {
    await tell(first);
    for await (const answer of answers) await tell(answer);
  } catch {
    // What is told of it is in the log; the stream ends without its last word, which is what a client is to see.
    raw.destroy();
  }
  raw.end();
  return reply;
}

function errorAnswer(Transport: typeof JsonRpcTransportHandler | typeof LegacyJsonRpcTransportHandler, body: unknown, error: unknown): object {
  const mapped = 'mapToLegacyJSONRPCError' in Transport ? Transport.mapToLegacyJSONRPCError(error) : Transport.mapToJSONRPCError(error);
  return { jsonrpc: '2.0', id: idOf(body), error: mapped };
}

function versionRefusal(version: string, card: ReturnType<typeof agentCard>): object | undefined {
  try {
    validateVersion(version, card, 'JSONRPC');
    return undefined;
  } catch (error) {
    return JsonRpcTransportHandler.mapToJSONRPCError(error);
  }
}

/** The card says that there are none; the SDK of 0.3 reads what they are set to before it looks there, and breaks where that is missing. */
function pushRefusal(body: unknown): object | undefined {
  const method = (body as { readonly method?: unknown } | null)?.method;
  if (typeof method !== 'string' || !PUSH_METHOD.test(method)) return undefined;
  return JsonRpcTransportHandler.mapToJSONRPCError(new PushNotificationNotSupportedError('this agent sends no push notifications: stream the task, or get it'));
}

/** The SDK makes texts of members, and breaks on what none can be made of. */
function textless(body: unknown): object | undefined {
  const params = membersOf((body as { readonly params?: unknown } | null)?.params);
  try {
    // Not a bare call of String, which a bundler takes to have no effect and leaves out.
    [...Object.values(params), ...Object.values(membersOf(params.message))].map(String);
    return undefined;
  } catch {
    return JsonRpcTransportHandler.mapToJSONRPCError(new RequestMalformedError('a member of the params is neither a text nor what it should be'));
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** Absent means 0.3, says 1.0. */
function versionOf({ headers }: FastifyRequest): string {
  const said = headers['a2a-version'];
  return typeof said === 'string' && said !== '' ? said.slice(0, 20) : A2A_LEGACY_VERSION;
}

function idOf(body: unknown): unknown {
  const id = (body as { readonly id?: unknown } | null)?.id;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
