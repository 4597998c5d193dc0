// What a client carries from one round of a request to the next is signed, lasts an hour, and is bound to who asked for what.
import { randomBytes } from 'node:crypto';
import { createRequestStateCodec, type RequestStateCodec } from '@modelcontextprotocol/server';
import type { Caller } from '../operations/index.ts';

const KEY_BYTES = 32;
const STATE_SECONDS = 3_600;

/** The key is of this process: what was begun before a restart is begun again. */
export function requestStates(): RequestStateCodec<unknown> {
  return createRequestStateCodec({
    key: randomBytes(KEY_BYTES),
    ttlSeconds: STATE_SECONDS,
    bind: ({ http, mcpReq }) => `${(http?.authInfo?.extra?.caller as Caller | undefined)?.name ?? ''} ${mcpReq.method}`,
  });
}
