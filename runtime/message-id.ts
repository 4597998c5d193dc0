// Message ids: UUIDv7 (RFC 9562), so that they sort by time. Their chance comes from the system's pool, or from whoever owns it.
import { randomFillSync } from 'node:crypto';

const POOL = new Uint8Array(10 * 256);
let used = POOL.length;

function randomTen(): Uint8Array {
  if (used + 10 > POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += 10;
  return POOL.subarray(used - 10, used);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const hex = (byte: number | undefined): string => HEX[byte ?? 0] as string;

/** Makes an id for a wall time in ms. */
export type NewId = (at: number) => string;

export const messageId: NewId = (at) => idOf(at, randomTen());

/** Ids of a random source that is uniform in [0, 1). */
export function idsFrom(random: () => number): NewId {
  return (at) =>
    idOf(
      at,
      Uint8Array.from({ length: 10 }, () => random() * 256),
    );
}

function idOf(at: number, r: Uint8Array): string {
  const time = Math.trunc(at).toString(16).padStart(12, '0');
  const version = hex(((r[0] ?? 0) & 0x0f) | 0x70);
  const variant = hex(((r[2] ?? 0) & 0x3f) | 0x80);
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}${hex(r[1])}-${variant}${hex(r[3])}-${hex(r[4])}${hex(r[5])}${hex(r[6])}${hex(r[7])}${hex(r[8])}${hex(r[9])}`;
}
