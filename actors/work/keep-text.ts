// How much of a text a record keeps: head and tail, so that both the beginning and the last error are seen.
import { OUTPUT_KEPT } from './types.ts';

export function isLong(text: string | undefined): boolean {
  return text !== undefined && Buffer.byteLength(text) > OUTPUT_KEPT;
}

/** At most OUTPUT_KEPT bytes. */
export function keepText(text: string): string {
  if (!isLong(text)) return text;
  const bytes = Buffer.from(text);
  const half = OUTPUT_KEPT / 2 - 32;
  return `${bytes.subarray(0, half).toString()}\n[… cut …]\n${bytes.subarray(bytes.length - half).toString()}`;
}
