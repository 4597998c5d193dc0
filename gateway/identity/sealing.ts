// Seals what must be read again and must not lie open in a database: AES-256-GCM under a key in `keys/`. Names are hashed, never kept.
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { codedError } from '../../runtime/index.ts';
import { makePrivate, readText, writePrivate } from '../private-file.ts';

export interface Sealing {
  seal(text: string): Uint8Array;
  /** Throws `JournalCorrupt` for what another key has sealed. */
  open(sealed: Uint8Array): string;
  canOpen(sealed: Uint8Array): boolean;
  /** Proves that we have said this text before; for forms. */
  stamp(text: string): string;
  isStamp(text: string, stamp: string): boolean;
  /** For others that need a key of their own. */
  derive(purpose: string): string;
}

const FILE = 'auth-sealing.key';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const hashOf = (secret: string): Uint8Array => createHash('sha256').update(secret).digest();

/** Makes the key when there is none. */
export function openSealing(keysDir: string): Sealing {
  const file = join(keysDir, FILE);
  if (readText(file) === undefined) writePrivate(file, `${randomBytes(KEY_BYTES).toString('base64url')}\n`);
  makePrivate(file, 0o600);
  const root = Buffer.from(readText(file)?.trim() ?? '', 'base64url');
  if (root.length !== KEY_BYTES) throw codedError('JournalCorrupt', { file, problem: 'is no key; move it away together with auth.db' });
  const derived = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', root, '', purpose, KEY_BYTES));
  const key = derived('seal');
  const stampKey = derived('stamp');
  const stamp = (text: string): string => createHmac('sha256', stampKey).update(text).digest('base64url');
  const opened = (sealed: Uint8Array): string | undefined => {
    const bytes = Buffer.from(sealed);
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  };
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      const text = opened(sealed);
      if (text !== undefined) return text;
      throw codedError('JournalCorrupt', { file: 'auth.db', problem: `was sealed with another key than ${file}; bring that one back, or move auth.db away` });
    },
    canOpen: (sealed) => opened(sealed) !== undefined,
    stamp,
    isStamp: (text, given) => timingSafeEqual(hashOf(stamp(text)), hashOf(given)),
    derive: (purpose) => derived(purpose).toString('base64url'),
  };
}
