// What its node tells an agent host: by environment, and its credentials by a file that only this user may read and that is read once.
import { readFileSync, rmSync } from 'node:fs';
import { codedError } from '../../../runtime/errors.ts';

export interface HostSettings {
  readonly agent: string;
  readonly url: string;
  readonly ticketFile: string;
  readonly nonce: string;
  /** Files of the certificate that it shows a node that asks for one. */
  readonly shown?: { readonly certFile: string; readonly keyFile: string };
  /** Where the transcript is kept besides the terminal. */
  readonly transcriptFile?: string;
  /** Where the next node says how it is reached, and how long to look there; missing where the terminal ends with its node. */
  readonly nextNode?: { readonly urlFile: string; readonly withinMs: number };
}

/** First the one that is used at once, then the one for a next node. */
export interface Credentials {
  readonly ticket: string;
  readonly resume?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

function required(env: Env, variable: string): string {
  const value = env[variable];
  if (value === undefined || value === '') throw codedError('HostSettingMissing', { variable, problem: 'is not set' });
  return value;
}

/** Throws `HostSettingMissing`. */
export function readHostSettings(env: Env): HostSettings {
  const transcriptFile = env.TROUPE_TRANSCRIPT_FILE;
  return {
    agent: required(env, 'TROUPE_AGENT'),
    url: required(env, 'TROUPE_URL'),
    ticketFile: required(env, 'TROUPE_TICKET_FILE'),
    nonce: required(env, 'TROUPE_NONCE'),
    ...(transcriptFile === undefined || transcriptFile === '' ? {} : { transcriptFile }),
    ...shownOf(env),
    ...nextNodeOf(env),
  };
}

function shownOf({ TROUPE_TLS_CLIENT_CERT: certFile, TROUPE_TLS_CLIENT_KEY: keyFile }: Env): Pick<HostSettings, 'shown'> {
  return certFile === undefined || keyFile === undefined ? {} : { shown: { certFile, keyFile } };
}

function nextNodeOf({ TROUPE_NODE_FILE: urlFile, TROUPE_OUTLIVE_MS: within }: Env): Pick<HostSettings, 'nextNode'> {
  const withinMs = Number(within);
  return urlFile === undefined || !(withinMs > 0) ? {} : { nextNode: { urlFile, withinMs } };
}

/** Reads the credentials and deletes their file. */
export function takeCredentials(file: string): Credentials {
  try {
    const [ticket = '', resume] = readFileSync(file, 'utf8').trim().split('\n');
    rmSync(file, { force: true });
    return { ticket, ...(resume === undefined ? {} : { resume }) };
  } catch {
    throw codedError('HostSettingMissing', { variable: 'TROUPE_TICKET_FILE', problem: 'names no file that can be read' });
  }
}
