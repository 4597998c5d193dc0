// A signed statement that stands for facts which are no longer in the journal: up to where they were right, by which hash the chain goes
// on, and which archive holds them. A line of `checkpoints.jsonl` beside the checkpoints (K34).
import { z } from 'zod';
import { type ChainStart, canonicalJson } from '../../runtime/index.ts';
import { linesOf } from './checkpoint.ts';
import type { NodeKey, PublicKey } from './node-key.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const AuditCut = z.strictObject({
  cut: z.strictObject({
    /** Wall time, ms. */
    at: z.number(),
    /** The first and the last fact that it stands for. */
    firstFact: z.int().min(1),
    fact: z.int().min(1),
    batch: z.int().min(1),
    hash,
    /** The name of the archive, and the SHA-256 of its bytes. */
    archive: z.string().regex(/^facts-\d+-\d+\.jsonl$/),
    sha256: hash,
  }),
  key: z.string(),
  signature: z.string(),
});

export type AuditCut = z.output<typeof AuditCut>;

const signedText = (cut: AuditCut['cut'], key: string): string => canonicalJson(['troupe audit cut', cut, key]);

export function signCut(cut: AuditCut['cut'], key: NodeKey): AuditCut {
  return { cut, key: key.id, signature: key.sign(signedText(cut, key.id)) };
}

export function isCutSignedBy({ cut, key: id, signature }: AuditCut, key: PublicKey): boolean {
  return id === key.id && key.verify(signedText(cut, key.id), signature);
}

/** In the order in which they were written. */
export function readCuts(text: string): readonly AuditCut[] {
  return linesOf(text, AuditCut);
}

/** Whether it stands for what is missing before that place. */
export function standsFor({ cut }: AuditCut, { fact, batch, hash: at }: ChainStart): boolean {
  return cut.fact === fact && cut.batch === batch && cut.hash === at;
}
