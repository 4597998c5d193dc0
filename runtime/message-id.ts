// Message ids: UUIDv7 (RFC 9562), so that they sort by time. Their chance comes from the system's pool, or from whoever owns it.
import { randomFillSync } from 'node:crypto';

/** Makes an id for a wall time in ms. */
export type NewId = (at: number) => string;

/** Of chance, in an id. */
const CHANCE_BYTES = 10;
/** What comes after the version: `xxx-yxxx-xxxxxxxxxxxx`. */
const TAIL_LENGTH = 21;
/** Made at once: one by one the texts cost several times as much. */
const TAILS = 256;

const CHANCE = Buffer.allocUnsafeSlow(CHANCE_BYTES * TAILS);
let tails = '';
let used = 0;

export const messageId: NewId = (at) => {
  if (used === tails.length) {
    tails = tailsOf(randomFillSync(CHANCE));
    used = 0;
  }
  used += TAIL_LENGTH;
  return headOf(at) + tails.slice(used - TAIL_LENGTH, used);
};

/** Ids of a random source that is uniform in [0, 1). */
export function idsFrom(random: () => number): NewId {
  return (at) => headOf(at) + tailsOf(Uint8Array.from({ length: CHANCE_BYTES }, () => random() * 256));
}

let instant = Number.NaN;
let head = '';

/** Time and version. Most ids are made at the instant of the one before. */
function headOf(at: number): string {
  if (at === instant) return head;
  const time = Math.trunc(at).toString(16).padStart(12, '0');
  head = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  instant = at;
  return head;
}

const DIGITS = Buffer.from('0123456789abcdef');
const HYPHEN = 0x2d;
const VARIANT = 0b1000;

/** The chance of one or more ids, as they tell it. */
function tailsOf(chance: Uint8Array): string {
  const text = Buffer.allocUnsafe((chance.length / CHANCE_BYTES) * TAIL_LENGTH);
  let end = 0;
  for (let at = 0; at < chance.length; at += CHANCE_BYTES) {
    text[end++] = digit(chance[at]);
    end = putBytes(text, end, chance, at + 1, at + 2);
    text[end++] = HYPHEN;
    text[end++] = digit(VARIANT | (((chance[at + 2] as number) >> 4) & 0b0011));
    text[end++] = digit(chance[at + 2]);
    end = putBytes(text, end, chance, at + 3, at + 4);
    text[end++] = HYPHEN;
    end = putBytes(text, end, chance, at + 4, at + CHANCE_BYTES);
  }
  return text.toString('latin1');
}

/** Returns the new end of the text. */
function putBytes(text: Buffer, end: number, chance: Uint8Array, from: number, to: number): number {
  let next = end;
  for (let at = from; at < to; at += 1) {
    text[next++] = digit((chance[at] as number) >> 4);
    text[next++] = digit(chance[at]);
  }
  return next;
}

/** The lower four bits. */
const digit = (bits: number | undefined): number => DIGITS[(bits as number) & 0b1111] as number;
