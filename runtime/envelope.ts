// The addressed wrapper around a message. Durable ones are plain JSON (K3).
import type { Address } from './address.ts';

/** Control overtakes everything; the rest are taken in this order, low ones age (K8). */
export const PRIORITIES = ['control', 'high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What an actor receives: XState's event, so `type` is required and the rest is the sender's. */
export interface Message {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Envelope {
  readonly id: string;
  readonly from: Address | null;
  readonly to: Address;
  readonly message: Message;
  readonly priority: Priority;
  /** Wall time, ms. */
  readonly sentAt: number;
  readonly correlationId?: string;
  readonly causationId?: string;
  /** Where an ask's reply goes; process-local, so never revived after a restart. */
  readonly replyTo?: string;
  readonly expiresAt?: number;
  /** Control: the id of the message it is about (K22). */
  readonly about?: string;
  /** Its id was given from outside: its reply is kept under it (K23). */
  readonly receipt?: true;
  /** W3C traceparent. */
  readonly trace?: string;
}

/** Types that only the kernel may produce (K5): its own, and what it tells of the end of others. */
export function isReservedType(type: string): boolean {
  return isInternalType(type) || isSignalType(type);
}

/** What the kernel tells an actor of the end of another. */
export function isSignalType(type: string): boolean {
  return type === 'DOWN' || type === 'EXIT';
}

/** Types that no behaviour has to take. */
export function isInternalType(type: string): boolean {
  return type === '*' || type.startsWith('xstate.') || type.startsWith('troupe.');
}
