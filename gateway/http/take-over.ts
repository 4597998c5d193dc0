// An answer that is written by hand: what was set on it so far (who may read it, above all) is kept.
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

export function takeOver(reply: FastifyReply): ServerResponse {
  const headers = reply.getHeaders();
  reply.hijack();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) reply.raw.setHeader(name, value);
  return reply.raw;
}
