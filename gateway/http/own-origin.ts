// Where the asker found this door, as its card and its challenges name it to them: the only place that says by which protocol a door is reached.
import type { FastifyRequest } from 'fastify';

/** By the connection itself and the Host that was checked, so that it is right behind TLS too. */
export function ownOrigin({ protocol, headers }: Pick<FastifyRequest, 'protocol' | 'headers'>): string {
  return `${protocol}://${headers.host ?? ''}`;
}
