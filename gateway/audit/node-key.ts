// The node's Ed25519 key, made on first use in `keys/` of the data directory, mode 0600. What it has signed, nobody without it can change.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { join } from 'node:path';
import { makePrivate, readText, writePrivate } from '../private-file.ts';

export interface NodeKey {
  /** Tells keys apart: the first 16 hex digits of the public key's SHA-256. */
  readonly id: string;
  /** Base64url. */
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
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

function keyOf(secret: KeyObject): NodeKey {
  const open = createPublicKey(secret);
  return {
    id: createHash('sha256')
      .update(open.export({ type: 'spki', format: 'der' }))
      .digest('hex')
      .slice(0, 16),
    sign: (text) => sign(null, Buffer.from(text), secret).toString('base64url'),
    verify: (text, signature) => verify(null, Buffer.from(text), open, Buffer.from(signature, 'base64url')),
  };
}
