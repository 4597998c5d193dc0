// What the actors of a run are told, and what each keeps: the tags of what it has acted on, in order.
import { assign } from 'xstate';
import type { Life } from '../life.ts';

export interface Said {
  readonly type: string;
  readonly tag: string;
  readonly [field: string]: unknown;
}

export interface Logged {
  readonly log: readonly string[];
}

/** Whose actors these are at present: statecharts are built once and lent to one life after the other. */
export interface Stage {
  life: Life;
}

export type Args<TContext = Logged> = { readonly context: TContext; readonly event: Said };
export const types = { context: {} as Logged, events: {} as Said };

export function poison(): never {
  throw new Error('planned: poison');
}

/** Writes down that it acted. */
export const log = assign<Logged, Said, undefined, Said, never>({ log: ({ context, event }: Args) => [...context.log, event.tag] });
export const poisoned = { actions: assign<Logged, Said, undefined, Said, never>({ log: (): string[] => poison() }) };
