// `GET /api/v1/events`: facts as server-sent events, in order, from where the reader left off (Last-Event-ID); `?plan=` narrows them.
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { codedError, type FactRow } from '../../runtime/index.ts';
import type { FactFeed } from '../node/fact-feed.ts';
import { callerOf } from './api-door.ts';
import { type NodeNow, requireRead } from './dispatch.ts';
import { type News, newsOf } from './news.ts';
import { endStream } from './stopping.ts';
import { takeOver } from './take-over.ts';

const PAGE = 200;
/** What a reader has not taken yet. */
const LARGEST_WAITING_BYTES = 262_144;
const KEEP_ALIVE_MS = 15_000;

interface Reader {
  readonly plan: string | undefined;
  write(text: string): void;
  isFull(): boolean;
  /** Resolves when the other end takes more. */
  drained(): Promise<void>;
  readonly signal: AbortSignal;
}

export function addEventsRoute(app: FastifyInstance, nodeNow: NodeNow): void {
  app.get('/api/v1/events', async (request, reply) => {
    const node = nodeNow();
    if (node === undefined) throw codedError('NodeStarting');
    requireRead({ node, name: 'events', caller: callerOf(request) });
    const { plan, after } = request.query as { plan?: string; after?: string };
    const from = Number(request.headers['last-event-id'] ?? after ?? node.facts.position());
    if (!Number.isSafeInteger(from) || from < 0) throw codedError('InvalidInput', { problem: 'Last-Event-ID must be the id of an event' });
    const raw = takeOver(reply);
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    raw.write(': troupe\n\n');
    endStream(raw, node.stopping);
    const gone = new AbortController();
    raw.on('close', () => gone.abort());
    const drained = (): Promise<void> => (raw.writableNeedDrain ? drainOf(raw) : Promise.resolve());
    const tick = (): void => {
      if (gone.signal.aborted || raw.writableEnded) return;
      raw.write(': alive\n\n');
      cancel = node.clock.after(KEEP_ALIVE_MS, tick);
    };
    let cancel = node.clock.after(KEEP_ALIVE_MS, tick);
    gone.signal.addEventListener('abort', () => cancel());
    await follow(node.facts, from, {
      plan,
      write: (text) => void (raw.writableEnded || raw.write(text)),
      isFull: () => raw.writableLength > LARGEST_WAITING_BYTES,
      drained,
      signal: gone.signal,
    });
    raw.end();
  });
}

/** Resolves at its end too. */
function drainOf(raw: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      raw.off('drain', over);
      raw.off('close', over);
      resolve();
    };
    raw.on('drain', over);
    raw.on('close', over);
  });
}

/** Reads pages of the journal whenever there are new facts: a slow reader costs no memory and misses nothing. */
async function follow(feed: FactFeed, from: number, reader: Reader): Promise<void> {
  const { signal, plan } = reader;
  let wake = (): void => undefined;
  const forget = feed.listen(() => wake());
  signal.addEventListener('abort', () => wake());
  let position = from;
  while (!signal.aborted) {
    const news = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const facts = await feed.after(position, PAGE).catch((): readonly FactRow[] => []);
    for (const fact of facts) {
      const told = newsOf(fact);
      if (told !== undefined && (plan === undefined || isAbout(told, plan))) reader.write(eventText(told));
      // One large fact is one too many in memory; a page of them is not waited with.
      if (reader.isFull()) await reader.drained();
      position = fact.seq;
    }
    await reader.drained();
    if (facts.length === 0) await news;
  }
  forget();
}

function isAbout({ params: { kind, body } }: News, plan: string): boolean {
  // Agents, the fleet and what is wrong with the node concern every plan.
  return /^(agent|fleet|alert)\./.test(kind) || (body as { planId?: unknown }).planId === plan;
}

/** Written once for all who read it. */
const written = new WeakMap<News, string>();

function eventText(news: News): string {
  const known = written.get(news);
  if (known !== undefined) return known;
  const { seq, at, kind, body } = news.params;
  const text = `id: ${seq}\nevent: ${kind}\ndata: ${JSON.stringify({ at, kind, body })}\n\n`;
  written.set(news, text);
  return text;
}
