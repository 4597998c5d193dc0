// The Ed25519 keys of those who vote in rounds: one file each in `keys/voters/` of the data directory (0700, files 0600), made at first
// need. They stay in this process: no session, no step and no answer ever holds a private half.
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { publicKeyOf, signText } from '../../actors/consensus/signature.ts';
import type { VoterKeys } from '../../actors/work/ports.ts';
import { makePrivate, readText, writePrivate } from '../private-file.ts';

/** Rejections say what the file system says. */
export function openVoterKeys(keysDir: string): VoterKeys {
  const folder = join(keysDir, 'voters');
  const known = new Map<string, KeyObject>();
  const keyOf = (voter: string): KeyObject => {
    const key = known.get(voter) ?? openKey(folder, voter);
    known.set(voter, key);
    return key;
  };
  return {
    publicKeys: async (voters) => Object.fromEntries(voters.map((voter) => [voter, publicKeyOf(keyOf(voter))])),
    sign: async (voter, text) => signText(text, keyOf(voter)),
  };
}

function openKey(folder: string, voter: string): KeyObject {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${encodeURIComponent(voter)}-ed25519.pem`);
  if (readText(file) === undefined) writePrivate(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  else makePrivate(file, 0o600);
  return createPrivateKey(readText(file) ?? '');
}
