// Which certificate the doors of a node show, as it is told from outside. Without one they speak plain HTTP.
import { resolve } from 'node:path';
import { z } from 'zod';
import { codedError } from '../../runtime/index.ts';
import { type Env, read } from '../config-field.ts';
import { CLIENT_VARIABLES, type ClientFiles, type ClientsWanted, readClientSettings } from './client-config.ts';

export interface TlsConfig {
  /** Absolute; the certificate first, then what leads to its authority. */
  readonly certFile: string;
  /** Absolute. */
  readonly keyFile: string;
  /** The name that the certificate is for; null: the address that the node listens on. */
  readonly name: string | null;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** Default: no certificates of clients are asked for. */
  readonly clients?: ClientsWanted;
}

export interface TlsSettings {
  /** Null: the doors speak plain HTTP. */
  readonly tls: TlsConfig | null;
  /** Whom clients of a node believe besides the authorities that Node.js knows; null: nobody. */
  readonly caFile: string | null;
  /** What the node's own clients show. Default nothing. */
  readonly shown?: ClientFiles;
}

/** Variables as errors name them. */
export const TLS_VARIABLES = { cert: 'TROUPE_TLS_CERT', key: 'TROUPE_TLS_KEY', ca: 'TROUPE_TLS_CA', name: 'TROUPE_TLS_NAME', minVersion: 'TROUPE_TLS_MIN_VERSION' } as const;

const words = z.string().trim().min(1);
/** Letters, digits and hyphens between dots. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
const hostName = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine((text) => HOST_NAME.test(text) && !/^[\d.]+$/.test(text));

/** Throws `InvalidConfig`. */
export function readTlsConfig(env: Env, cwd: string): TlsSettings {
  const file = (variable: string): string | null => {
    const path = read<string | null>({ option: '', variable, schema: words, fallback: null, problem: 'is no path', fix: 'name a file in PEM' }, env);
    return path === null ? null : resolve(cwd, path);
  };
  const [certFile, keyFile, caFile] = [file(TLS_VARIABLES.cert), file(TLS_VARIABLES.key), file(TLS_VARIABLES.ca)];
  const name = read<string | null>(
    {
      option: '',
      variable: TLS_VARIABLES.name,
      schema: hostName,
      fallback: null,
      problem: 'is no name of a machine',
      fix: 'give a name that the certificate is for, like troupe.example; leave it away where that is the address in TROUPE_HOST',
    },
    env,
  );
  const minVersion = read<TlsConfig['minVersion']>(
    {
      option: '',
      variable: TLS_VARIABLES.minVersion,
      schema: z.enum(['1.2', '1.3']).transform((version) => `TLSv${version}` as const),
      fallback: 'TLSv1.2',
      problem: 'is neither 1.2 nor 1.3',
      fix: 'say 1.3 where every client speaks it',
    },
    env,
  );
  const { clients, shown } = readClientSettings(env, cwd);
  const show = shown === null ? {} : { shown };
  if (certFile === null && keyFile === null) {
    if (clients !== null)
      throw codedError('InvalidConfig', { source: CLIENT_VARIABLES.ca, problem: `is set, and ${TLS_VARIABLES.cert} is not`, fix: 'name a certificate of the node too' });
    return { tls: null, caFile, ...show };
  }
  if (certFile === null) throw without(TLS_VARIABLES.cert, TLS_VARIABLES.key);
  if (keyFile === null) throw without(TLS_VARIABLES.key, TLS_VARIABLES.cert);
  return { tls: { certFile, keyFile, name, minVersion, ...(clients === null ? {} : { clients }) }, caFile, ...show };
}

function without(missing: string, given: string): Error {
  return codedError('InvalidConfig', { source: missing, problem: `is not set, and ${given} is`, fix: 'name the certificate and its key, or neither' });
}
