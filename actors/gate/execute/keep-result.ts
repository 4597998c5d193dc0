// Results as records keep them: their JSON within OUTPUT_KEPT characters, cut where they are longer, never dropped whole.
import { OUTPUT_KEPT } from '../../work/types.ts';

/** For what stands around the cut part. */
const AROUND = 4_096;
export const RESULT_KEPT = OUTPUT_KEPT - AROUND;

function lengthOf(value: unknown): number {
  return JSON.stringify(value).length;
}

/** The beginning of the text whose JSON has at most RESULT_KEPT characters. */
export function keepBeginning(text: string): { readonly text: string; readonly cut: boolean } {
  let kept = text.slice(0, RESULT_KEPT);
  while (lengthOf(kept) > RESULT_KEPT) kept = kept.slice(0, Math.floor((kept.length * RESULT_KEPT) / lengthOf(kept)) - 1);
  // Half of a surrogate pair is no character.
  if (kept.length < text.length && /[\uD800-\uDBFF]$/.test(kept)) kept = kept.slice(0, -1);
  return { text: kept, cut: kept.length < text.length };
}

export function isKeptWhole(value: unknown): boolean {
  return lengthOf(value) <= RESULT_KEPT;
}

/** The first entries whose JSON has at most RESULT_KEPT characters, together with what is kept `beside` them. */
export function keepFirst<Entry>(entries: readonly Entry[], beside: unknown = null): { readonly entries: readonly Entry[]; readonly cut: boolean } {
  let left = RESULT_KEPT - lengthOf(beside);
  const end = entries.findIndex((entry) => {
    left -= lengthOf(entry) + 1;
    return left < 0;
  });
  return end === -1 ? { entries, cut: false } : { entries: entries.slice(0, end), cut: true };
}
