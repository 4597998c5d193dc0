// What its node tells an agent host: by environment, and the ticket by a file that only this user may read and that is read once.
import { readFileSync, rmSync } from 'node:fs';
import { codedError } from '../../../runtime/errors.ts';

export interface HostSettings {
  readonly agent: string;
  readonly url: string;
  readonly ticketFile: string;
  readonly nonce: string;
  /** Where the transcript is kept besides the terminal. */
  readonly transcriptFile?: string;
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
  };
}

/** Reads the ticket and deletes its file. */
export function takeTicket(file: string): string {
  try {
    const ticket = readFileSync(file, 'utf8').trim();
    rmSync(file, { force: true });
    return ticket;
  } catch {
    throw codedError('HostSettingMissing', { variable: 'TROUPE_TICKET_FILE', problem: 'names no file that can be read' });
  }
}
