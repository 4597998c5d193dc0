// Tells one connected client the news: resources that it watches, lists that changed, and what is pushed.
import type { Server } from '@modelcontextprotocol/server';
import type { Caller } from '../operations/index.ts';
import type { McpNews, McpOffer } from './offer.ts';

export type Era = 'legacy' | 'modern';

const MOST_WATCHED = 1_000;

/**
 * For a server whose connection lasts. In the revision with sessions it keeps what the client subscribed to; in the stateless one
 * the SDK filters by what each open subscription asked for. Returns what ends it.
 */
export function tellNews(server: Server, offer: McpOffer, era: Era, { permissions }: Caller): () => void {
  const watched = new Set<string>();
  if (era === 'legacy') {
    server.setRequestHandler('resources/subscribe', (request) => {
      if (watched.size < MOST_WATCHED) watched.add(request.params.uri);
      return Promise.resolve({});
    });
    server.setRequestHandler('resources/unsubscribe', (request) => {
      watched.delete(request.params.uri);
      return Promise.resolve({});
    });
  }
  // News are for who may read what they are about.
  if (!permissions.includes('read')) return () => undefined;
  const forget = offer.listen((news) => {
    if (news.kind === 'resource' && era === 'legacy' && !watched.has(news.uri)) return;
    // One that has gone is noticed where it is served.
    tell(server, news).catch(() => undefined);
  });
  server.onclose = forget;
  return forget;
}

function tell(server: Server, news: McpNews): Promise<void> {
  switch (news.kind) {
    case 'resource':
      return server.sendResourceUpdated({ uri: news.uri });
    case 'tools':
      return server.sendToolListChanged();
    case 'prompts':
      return server.sendPromptListChanged();
    case 'resources':
      return server.sendResourceListChanged();
    case 'push':
      return server.notification({ method: news.method, params: news.params });
  }
}
