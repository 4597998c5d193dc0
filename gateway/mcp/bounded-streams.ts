// The SDK keeps what a stream has not taken yet without a bound: a stream that takes nothing while so much is new is cut off.
import type { ServerResponse } from 'node:http';
import type { McpOffer } from './offer.ts';

const MOST_MISSED = 1_000;

interface Stream {
  /** News since it last took something. */
  missed: number;
  /** Told how many bytes wait in the connection. */
  readonly cutOff: (waitingBytes: number) => void;
}

/** Returns what takes a stream in. The news are followed once for all of them, while there are any. */
export function boundedStreams({ listen }: Pick<McpOffer, 'listen'>): (raw: ServerResponse, cutOff: Stream['cutOff']) => void {
  const streams = new Map<ServerResponse, Stream>();
  let forget: (() => void) | undefined;
  const count = (): void => {
    for (const [raw, stream] of streams) {
      stream.missed = raw.writableNeedDrain ? stream.missed + 1 : 0;
      if (stream.missed <= MOST_MISSED) continue;
      streams.delete(raw);
      stream.cutOff(raw.writableLength);
      raw.destroy();
    }
  };
  return (raw, cutOff) => {
    streams.set(raw, { missed: 0, cutOff });
    forget ??= listen(count);
    raw.once('close', () => {
      streams.delete(raw);
      if (streams.size > 0) return;
      forget?.();
      forget = undefined;
    });
  };
}
