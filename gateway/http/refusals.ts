// Refusals at the doors become facts of the audit: who asked, where, and why not. No header, no query and no body goes in: those may
// hold a secret. Before the node runs there is no journal to put them in.
import type { IncomingMessage } from 'node:http';
import type { TroupeError } from '../../runtime/index.ts';
import { LINK_PATH } from '../identity/links.ts';
import type { NodeNow } from './dispatch.ts';

export interface Refusal {
  /** `api`, `rpc`, `agent:testing`, or the operation that was asked for. */
  readonly door: string;
  readonly code: string;
  readonly why: string;
  readonly remote?: string;
  readonly method?: string;
  readonly path?: string;
  /** Who it was, where that was known. */
  readonly caller?: string;
}

export type NoteRefusal = (refusal: Refusal) => void;

const LONGEST = 200;
/** What follows lets somebody in. */
const ONE_TIME = new RegExp(`^(${LINK_PATH})/.*`, 's');

export function refusalNotes(nodeNow: NodeNow): NoteRefusal {
  return (refusal) => nodeNow()?.system.record('access.refused', { ...refusal });
}

export function refusedRequest(door: string, { method = 'GET', url = '', socket }: Pick<IncomingMessage, 'method' | 'url' | 'socket'>, { code, message }: TroupeError): Refusal {
  const path = (url.split('?')[0] ?? '').replace(ONE_TIME, '$1/…').slice(0, LONGEST);
  return { door, code, why: withoutLogins(message).slice(0, 2 * LONGEST), remote: socket.remoteAddress ?? 'unknown', method, path };
}

/** A foreign Origin is quoted, and a URL may say `user:password@`. */
function withoutLogins(text: string): string {
  return text.replace(/\/\/[^/@\s']*@/g, '//…@');
}
