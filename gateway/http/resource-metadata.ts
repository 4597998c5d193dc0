// RFC 9728: what a client that has no token learns of a door: which resource it is, and who gives tokens for it. Open to everybody.
import type { FastifyInstance } from 'fastify';
import { SCOPES } from '../identity/roles.ts';
import { ownOrigin } from './own-origin.ts';

export const METADATA_PATH = '/.well-known/oauth-protected-resource';

export interface MetadataOptions {
  /** Of the authorization server. */
  readonly issuer: string;
  /** Resources on this door that have a path of their own, like `/mcp`. */
  readonly paths: readonly string[];
}

/** `resource` is what the client used to come here: it compares the two letter by letter. The Host was found ours before. */
export function addResourceMetadata(app: FastifyInstance, { issuer, paths }: MetadataOptions): void {
  for (const path of ['', ...paths]) {
    app.get(`${METADATA_PATH}${path}`, { config: { open: true } }, (request, reply) =>
      reply.header('access-control-allow-origin', '*').send({
        resource: `${ownOrigin(request)}${path}`,
        authorization_servers: [issuer],
        scopes_supported: SCOPES,
        bearer_methods_supported: ['header'],
        resource_name: 'Troupe',
      }),
    );
  }
}
