// Certificates of clients: whether the doors ask for them and whom they believe, and which one the node's own clients show (agent hosts
// and commands of this machine). A token is wanted of everybody all the same: a certificate only lets somebody come to the door.
import { resolve } from 'node:path';
import { z } from 'zod';
import { codedError } from '../../runtime/index.ts';
import { type Env, read } from '../config-field.ts';
import { readKey, readPem } from './pem-file.ts';

export interface ClientsWanted {
  /** Absolute; authorities of their certificates, in PEM. */
  readonly caFile: string;
  /** Else whoever has one shows it, and others come without. */
  readonly required: boolean;
}

/** Absolute paths of a certificate and its key. */
export interface ClientFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface ClientSettings {
  /** Null: the doors ask for none. */
  readonly clients: ClientsWanted | null;
  /** What a client of a node shows; null: nothing. */
  readonly shown: ClientFiles | null;
}

export const CLIENT_VARIABLES = { ca: 'TROUPE_TLS_CLIENT_CA', clients: 'TROUPE_TLS_CLIENTS', cert: 'TROUPE_TLS_CLIENT_CERT', key: 'TROUPE_TLS_CLIENT_KEY' } as const;

const words = z.string().trim().min(1);
const wrong = (source: string, problem: string, fix: string): Error => codedError('InvalidConfig', { source, problem, fix });

/** Throws `InvalidConfig`. */
export function readClientSettings(env: Env, cwd: string): ClientSettings {
  const file = (variable: string): string | null => {
    const path = read<string | null>({ option: '', variable, schema: words, fallback: null, problem: 'is no path', fix: 'name a file in PEM' }, env);
    return path === null ? null : resolve(cwd, path);
  };
  const [caFile, certFile, keyFile] = [file(CLIENT_VARIABLES.ca), file(CLIENT_VARIABLES.cert), file(CLIENT_VARIABLES.key)];
  const how = read<'require' | 'request' | null>(
    {
      option: '',
      variable: CLIENT_VARIABLES.clients,
      schema: z.enum(['require', 'request']),
      fallback: null,
      problem: 'is neither require nor request',
      fix: 'say request while some clients have no certificate yet',
    },
    env,
  );
  if (how !== null && caFile === null)
    throw wrong(CLIENT_VARIABLES.clients, `is set, and ${CLIENT_VARIABLES.ca} is not`, 'name the file of the authorities that certificates of clients come from');
  if (certFile === null && keyFile !== null) throw wrong(CLIENT_VARIABLES.cert, `is not set, and ${CLIENT_VARIABLES.key} is`, 'name the certificate and its key, or neither');
  if (certFile !== null && keyFile === null) throw wrong(CLIENT_VARIABLES.key, `is not set, and ${CLIENT_VARIABLES.cert} is`, 'name the certificate and its key, or neither');
  return {
    clients: caFile === null ? null : { caFile, required: how !== 'request' },
    shown: certFile === null || keyFile === null ? null : { certFile, keyFile },
  };
}

/** As `node:tls` takes them. Throws `InvalidConfig`. */
export function shownBy(files: ClientFiles | null): { readonly cert?: string; readonly key?: string } {
  if (files === null) return {};
  return { cert: readPem(CLIENT_VARIABLES.cert, files.certFile), key: readKey(CLIENT_VARIABLES.key, files.keyFile) };
}
