// Conditional requests (RFC 9110, 13): whoever holds an answer already is told so in a few bytes. Tags are weak: compressed or not, an answer
// is the same.
import type { FastifyReply, FastifyRequest } from 'fastify';

/** An answer in JSON, and a name that no other answer to the same request has. */
export interface Tagged {
  readonly tag: string;
  /** Null where the asker is known to hold it. */
  readonly text: string | null;
}

/** Kept by the asker alone, and never shown again without asking. */
const REVALIDATE = 'private, no-cache';

/** `*` asks for what is there at all, which no read of ours is about. */
export function holdsTag({ headers }: Pick<FastifyRequest, 'headers'>, tag: string): boolean {
  const held = headers['if-none-match'];
  return held?.split(',').some((one) => one.trim().replace(/^W\//, '') === `"${tag}"`) === true;
}

export function sendTagged(request: FastifyRequest, reply: FastifyReply, { tag, text }: Tagged): FastifyReply {
  reply.header('etag', `W/"${tag}"`).header('cache-control', REVALIDATE).header('vary', 'authorization');
  return text === null || holdsTag(request, tag) ? reply.status(304).send() : reply.type('application/json; charset=utf-8').send(text);
}
