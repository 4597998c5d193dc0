// Refusals at the doors become facts of the audit: who asked, where, and why not. No header, no query and no body goes in: those may
// hold a secret. Before the node runs there is no journal to put them in. Of one source a few a minute are written, the rest is counted in one
// more fact, so that a flood fills no journal and hides nobody else's refusals.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
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

/** Of one source, door and code in a minute. */
const WRITTEN = 10;
const MINUTE_MS = 60_000;
/** Sources that are told apart; those beyond are counted together. */
const MOST_SOURCES = 1_000;
const OTHERS = 'others';

interface Source {
  readonly door: string;
  readonly code: string;
  readonly remote: string;
  count: number;
}

/** One for all doors of a node. What is only counted yet is said when it stops. */
export function refusalNotes(nodeNow: NodeNow, stopping?: AbortSignal): NoteRefusal {
  const sources = new Map<string, Source>();
  let cancel = (): void => undefined;
  const sayCounts = (): void => {
    cancel();
    for (const { count, ...source } of sources.values()) {
      if (count > WRITTEN) nodeNow()?.system.record('access.refused_more', { ...source, count: count - WRITTEN, withinMs: MINUTE_MS });
    }
    sources.clear();
  };
  stopping?.addEventListener('abort', sayCounts, { once: true });
  const sourceOf = ({ door, code, remote: given = 'unknown' }: Refusal): Source => {
    const remote = sources.size < MOST_SOURCES || sources.has(`${door} ${code} ${given}`) ? given : OTHERS;
    const key = `${door} ${code} ${remote}`;
    const source = sources.get(key) ?? { door, code, remote, count: 0 };
    sources.set(key, source);
    return source;
  };
  return (refusal) => {
    const node = nodeNow();
    if (node === undefined) return;
    if (sources.size === 0) cancel = node.clock.after(MINUTE_MS, sayCounts);
    const source = sourceOf(refusal);
    source.count += 1;
    if (source.count <= WRITTEN) node.system.record('access.refused', { ...refusal });
  };
}

/** Before anything was asked. */
export function refusedConnection(door: string, { remoteAddress }: Pick<Socket, 'remoteAddress'>, { code, message }: TroupeError): Refusal {
  return { door, code, why: message.slice(0, 2 * LONGEST), remote: remoteAddress ?? 'unknown' };
}

export function refusedRequest(door: string, { method = 'GET', url = '', socket }: Pick<IncomingMessage, 'method' | 'url' | 'socket'>, { code, message }: TroupeError): Refusal {
  const path = (url.split('?')[0] ?? '').replace(ONE_TIME, '$1/…').slice(0, LONGEST);
  return { door, code, why: withoutLogins(message).slice(0, 2 * LONGEST), remote: socket.remoteAddress ?? 'unknown', method, path };
}

/** A foreign Origin is quoted, and a URL may say `user:password@`. */
function withoutLogins(text: string): string {
  return text.replace(/\/\/[^/@\s']*@/g, '//…@');
}
