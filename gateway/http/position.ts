// `Troupe-Position`: a number of committed facts. What accepts something answers with the position of its commit; a read that is
// given it back waits for that and for nothing newer, up to a second (K13). What a read answers with is how far it could see.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { codedError } from '../../runtime/index.ts';
import type { NodeNow } from './dispatch.ts';

export const POSITION_HEADER = 'troupe-position';

export function positionOf(request: FastifyRequest): number | undefined {
  const given = request.headers[POSITION_HEADER];
  if (given === undefined) return undefined;
  if (typeof given !== 'string' || !/^\d{1,15}$/.test(given)) throw codedError('InvalidInput', { problem: 'Troupe-Position: a position that an earlier answer carried' });
  return Number(given);
}

/** Call once the answer is there. */
export function stampPosition(request: FastifyRequest, reply: FastifyReply, nodeNow: NodeNow): void {
  const node = nodeNow();
  if (node !== undefined) reply.header(POSITION_HEADER, request.method === 'GET' ? node.facts.position() : node.system.position);
}
