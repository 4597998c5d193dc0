// Commands that are HIGH whatever they are given.
import { type CommandTable, found, type Judge } from '../call.ts';

export const high =
  (why: string): Judge =>
  (call) => [found(call, 'HIGH', 'bash-system', `${call.name} ${why}`)];

/** `names`: with a space between them. */
export const highs = (names: string, why: string): CommandTable => Object.fromEntries(names.split(' ').map((name) => [name, high(why)]));
