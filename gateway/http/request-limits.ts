// How many requests somebody may make in a minute, counted over all doors of a node together: who has shown a token for themselves, everybody
// else by address. Refusals are counted by address too, so that guessing gets slow; they never count against who is let in.
import { type Clock, codedError, type TroupeError } from '../../runtime/index.ts';
import { attempts } from '../identity/attempts.ts';
import type { Caller } from '../operations/index.ts';

export interface Allowance {
  readonly who: string;
  /** In a minute. */
  readonly most: number;
}

export interface RequestLimits {
  /** `caller`: undefined for what is open to everybody. */
  allowance(caller: Caller | undefined, address: string): Allowance;
  /** Of an address whose requests are refused. */
  refusals(address: string): Allowance;
  /** Counts one more in the minute of who it is. */
  count(who: string): { readonly count: number; readonly leftMs: number };
  /** Counts one more. Undefined: it may go on. */
  spend(allowance: Allowance): TroupeError | undefined;
}

export const MINUTE_MS = 60_000;
/** Of what a principal may do, for an address that shows no token, and for one whose requests are refused. */
const OPEN_SHARE = 10;
const REFUSED_SHARE = 20;

/** `perMinute`: of one principal. */
export function requestLimits(clock: Clock, perMinute: number): RequestLimits {
  const counted = attempts(clock, { most: perMinute, withinMs: MINUTE_MS });
  const [open, refused] = [OPEN_SHARE, REFUSED_SHARE].map((share) => Math.max(1, Math.floor(perMinute / share))) as [number, number];
  return {
    allowance: (caller, address) => (caller === undefined ? { who: `open ${networkOf(address)}`, most: open } : { who: principalOf(caller), most: perMinute }),
    refusals: (address) => ({ who: `refused ${networkOf(address)}`, most: refused }),
    count: (who) => counted.add(who),
    spend({ who, most }) {
      const { count, leftMs } = counted.add(who);
      return count > most ? tooMany(most, leftMs) : undefined;
    },
  };
}

export function tooMany(most: number, leftMs: number): TroupeError {
  return codedError('TooManyRequests', { most, seconds: Math.max(1, Math.ceil(leftMs / 1_000)) });
}

/** All tokens of one subject at one client together: a new token is no new allowance. The admin token is one, on whose behalf it is used. */
function principalOf({ token }: Caller): string {
  return token === undefined ? 'admin' : `${token.subject} ${token.client}`;
}

const WORDS_OF_NETWORK = 4;

/** Whoever has one IPv6 address has 2^64 of them: they count as one. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const words = [...before, ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0'), ...after];
  return words.slice(0, WORDS_OF_NETWORK).join(':');
}
