// Open asks by whom they ask, so that the end of one actor does not look through the asks of all others. Not a Map, for the reason that
// asks.ts has for its slots: a fixed number of lines, chosen by the end of the address, which is where addresses differ.
import type { Address } from './address.ts';

/** Itself its place in the line. */
export interface Addressed<Ask> {
  readonly address: Address;
  earlier: Ask | undefined;
  later: Ask | undefined;
}

interface Line<Ask> {
  first: Ask | undefined;
  last: Ask | undefined;
}

/** A power of two. */
const LINES = 4_096;
/** Characters that choose the line: ids mostly end in a number. */
const CHOOSING = 5;

export class AsksByAddress<Ask extends Addressed<Ask>> {
  readonly #lines: Array<Line<Ask>> = Array.from({ length: LINES }, () => ({ first: undefined, last: undefined }));

  add(ask: Ask): void {
    const line = this.#lineOf(ask.address);
    ask.earlier = line.last;
    if (line.last === undefined) line.first = ask;
    else line.last.later = ask;
    line.last = ask;
  }

  drop(ask: Ask): void {
    const line = this.#lineOf(ask.address);
    const { earlier, later } = ask;
    if (earlier === undefined) line.first = later;
    else earlier.later = later;
    if (later === undefined) line.last = earlier;
    else later.earlier = earlier;
    // Garbage that points at what lives would keep it for as long as itself.
    ask.earlier = undefined;
    ask.later = undefined;
  }

  /** The oldest first. */
  to(address: Address): readonly Ask[] {
    const asks: Ask[] = [];
    for (let ask = this.#lineOf(address).first; ask !== undefined; ask = ask.later) if (ask.address === address) asks.push(ask);
    return asks;
  }

  #lineOf(address: Address): Line<Ask> {
    const { length } = address;
    let choice = length;
    for (let at = Math.max(0, length - CHOOSING); at < length; at += 1) choice = Math.imul(choice, 31) + address.charCodeAt(at);
    return this.#lines[choice & (LINES - 1)] as Line<Ask>;
  }
}
