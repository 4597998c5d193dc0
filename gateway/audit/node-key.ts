// The node's Ed25519 key, made on first use in `keys/` of the data directory, mode 0600. What it has signed, nobody without it can change.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivate, readText, writePrivate } from '../private-file.ts';

export interface PublicKey {
  /** Tells keys apart: the first 16 hex digits of the public key's SHA-256. */
  readonly id: string;
  verify(text: string, signature: string): boolean;
}

export interface NodeKey extends PublicKey {
  /** SPKI, base64url. */
  readonly publicKey: string;
  /** Base64url. */
  sign(text: string): string;
}

const FILE = 'node-ed25519.pem';

/** Makes the key when there is none. Throws what the file system says. */
export function openNodeKey(keysDir: string): NodeKey {
  const file = join(keysDir, FILE);
  if (readText(file) === undefined) writePrivate(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  else makePrivate(file, 0o600);
  return keyOf(createPrivateKey(readText(file) ?? ''));
}

/** Undefined when no node has made one there. */
export function readNodeKey(keysDir: string): NodeKey | undefined {
  const pem = readText(join(keysDir, FILE));
  return pem === undefined ? undefined : keyOf(createPrivateKey(pem));
}

/** Undefined for what is no Ed25519 key. */
export function publicKeyOf(spki: string): PublicKey | undefined {
  try {
    const open = createPublicKey({ key: Buffer.from(spki, 'base64url'), type: 'spki', format: 'der' });
    return open.asymmetricKeyType === 'ed25519' ? verifierOf(open) : undefined;
  } catch {
    return undefined;
  }
}

const FORMER = 'former-';

/** From now on what that key has signed counts here as well: the records of a restored backup. */
export function trustFormerKey(keysDir: string, spki: string): void {
  const key = publicKeyOf(spki);
  if (key === undefined) throw new TypeError('that is no public key');
  mkdirSync(keysDir, { recursive: true, mode: 0o700 });
  writePrivate(join(keysDir, `${FORMER}${key.id}.pub`), `${spki}\n`);
}

export function formerKeys(keysDir: string): readonly PublicKey[] {
  const files = readdirSync(keysDir, { withFileTypes: true }).filter(({ name }) => name.startsWith(FORMER));
  return files.flatMap(({ name }) => publicKeyOf(readText(join(keysDir, name))?.trim() ?? '') ?? []);
}

function verifierOf(open: KeyObject): PublicKey {
  return {
    id: createHash('sha256')
      .update(open.export({ type: 'spki', format: 'der' }))
      .digest('hex')
      .slice(0, 16),
    verify: (text, signature) => verify(null, Buffer.from(text), open, Buffer.from(signature, 'base64url')),
  };
}

function keyOf(secret: KeyObject): NodeKey {
  const open = createPublicKey(secret);
  return {
    ...verifierOf(open),
    publicKey: open.export({ type: 'spki', format: 'der' }).toString('base64url'),
    sign: (text) => sign(null, Buffer.from(text), secret).toString('base64url'),
  };
}
