// What a backup says of itself, signed with the node's key: which files with which bytes, of which instant, and that a restore of them was
// compared. It is written last, so a folder without it is no backup.
import { z } from 'zod';
import { canonicalJson } from '../../runtime/index.ts';
import { NODE_DATABASES } from '../../runtime/persistence/index.ts';
import type { NodeKey } from '../audit/node-key.ts';
import { publicKeyOf } from '../audit/node-key.ts';

export const BACKUP_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.int().min(0);
const table = z.strictObject({ rows: z.int().min(0), sha256: hash });

const statement = z.strictObject({
  format: z.literal(1),
  id: z.string().regex(BACKUP_ID),
  /** Wall time, ms, of the instant. */
  takenAt: z.number(),
  /** When a restore into a scratch folder was found to be the state that was copied. */
  verifiedAt: z.number(),
  by: z.string(),
  why: z.string(),
  product: z.string(),
  instance: z.string(),
  journal: z.strictObject({ era: z.string(), nodeEpoch: z.int(), batch: z.int(), fact: z.int(), hash }),
  /** How far the read model was. */
  readModel: z.int().nullable(),
  files: z.array(z.strictObject({ name: z.enum(NODE_DATABASES), bytes, sha256: hash, schema: z.int(), tables: z.record(z.string(), table) })).min(1),
  /** The signed checkpoints of the audit log. */
  checkpoints: z.strictObject({ bytes, sha256: hash }),
});
const manifest = statement.extend({ key: z.string(), publicKey: z.string(), signature: z.string() });

export type BackupStatement = Readonly<z.infer<typeof statement>>;
export type BackupManifest = Readonly<z.infer<typeof manifest>>;

const signedText = (stated: BackupStatement, key: string): string => canonicalJson(['troupe backup', stated, key]);

export function signManifest(stated: BackupStatement, key: NodeKey): BackupManifest {
  return { ...stated, key: key.id, publicKey: key.publicKey, signature: key.sign(signedText(stated, key.id)) };
}

export type ManifestReading = { readonly ok: true; readonly manifest: BackupManifest } | { readonly ok: false; readonly problem: string };

/** Signed by the key that it names itself: whether that is a key to trust is for the caller to say. */
export function readManifest(text: string): ManifestReading {
  const parsed = manifest.safeParse(jsonOf(text));
  if (!parsed.success)
    return { ok: false, problem: `manifest.json is none: ${parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ')}` };
  const { key, publicKey, signature, ...stated } = parsed.data;
  const signer = publicKeyOf(publicKey);
  const signed = signer !== undefined && signer.id === key && signer.verify(signedText(stated, key), signature);
  return signed ? { ok: true, manifest: parsed.data } : { ok: false, problem: 'manifest.json was altered: its signature does not fit' };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
