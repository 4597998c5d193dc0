// The news of an offer for the SDK's subscription streams of the stateless revision. The offer is followed only while one is open.
import { InMemoryServerEventBus, type ServerEvent, type ServerEventBus } from '@modelcontextprotocol/server';
import type { McpNews, McpOffer } from './offer.ts';

export function newsBus(offer: McpOffer): ServerEventBus {
  const bus = new InMemoryServerEventBus();
  let forget: (() => void) | undefined;
  return {
    publish: (event) => bus.publish(event),
    subscribe(listener) {
      const leave = bus.subscribe(listener);
      forget ??= offer.listen((news) => {
        const event = eventOf(news);
        if (event !== undefined) bus.publish(event);
      });
      return () => {
        leave();
        if (bus.listenerCount > 0) return;
        forget?.();
        forget = undefined;
      };
    },
  };
}

/** The streams of that revision carry these and nothing else. */
function eventOf(news: McpNews): ServerEvent | undefined {
  if (news.kind === 'resource') return { kind: 'resource_updated', uri: news.uri };
  return news.kind === 'push' ? undefined : { kind: `${news.kind}_list_changed` };
}
