// One signed statement of how far the chain of facts went, and by which hash: a line of `checkpoints.jsonl`, outside the journal's file,
// so that a journal which was cut off or written anew is found (K34).
import { z } from 'zod';
import { canonicalJson } from '../../runtime/index.ts';
import type { NodeKey, PublicKey } from './node-key.ts';

const Checkpoint = z.strictObject({
  /** Wall time, ms. */
  at: z.number(),
  era: z.string(),
  /** The last fact that the hash covers. */
  fact: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  key: z.string(),
  signature: z.string(),
});

export type Checkpoint = z.output<typeof Checkpoint>;
export type Stated = Pick<Checkpoint, 'at' | 'era' | 'fact' | 'hash'>;

const signedText = ({ at, era, fact, hash }: Stated, key: string): string => canonicalJson(['troupe checkpoint', at, era, fact, hash, key]);

export function signCheckpoint(stated: Stated, key: NodeKey): Checkpoint {
  return { ...stated, key: key.id, signature: key.sign(signedText(stated, key.id)) };
}

export function isSignedBy(checkpoint: Checkpoint, key: PublicKey): boolean {
  return checkpoint.key === key.id && key.verify(signedText(checkpoint, key.id), checkpoint.signature);
}

/** In the order in which they were written. A line that a crash has torn is none. */
export function readCheckpoints(text: string): readonly Checkpoint[] {
  return linesOf(text, Checkpoint);
}

/** Those lines of the file that are of one kind. */
export function linesOf<T>(text: string, kind: z.ZodType<T>): readonly T[] {
  return text.split('\n').flatMap((line) => {
    const parsed = kind.safeParse(jsonOf(line));
    return parsed.success ? [parsed.data] : [];
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
