// Where the command line keeps its logins: one file for its owner alone, changed by one process at a time, or a refresh token would be
// used twice and the whole login be ended by it.
import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Clock, codedError } from '../../runtime/index.ts';
import { loginsFolder } from '../logins-folder.ts';
import { pause } from '../node/wait-until.ts';
import { makePrivate, readJson, writePrivate } from '../private-file.ts';

const AccessToken = z.object({ token: z.string(), expiresAt: z.number() });

const StoredLogin = z.object({
  /** The authorization server that gave it. */
  issuer: z.string(),
  /** The node that it was given by, where its data directory was at hand. */
  instance: z.string().nullable(),
  who: z.string(),
  scope: z.string(),
  refreshToken: z.string(),
  /** By the door that each is for. */
  access: z.record(z.string(), AccessToken),
});
export type StoredLogin = Readonly<z.infer<typeof StoredLogin>>;

const LoginsFile = z.object({ logins: z.array(StoredLogin) });

export interface StoredLogins {
  find(issuer: string): StoredLogin | undefined;
  /** Alone with the file. What `change` returns is kept; undefined: the login is forgotten. */
  change(issuer: string, change: (login: StoredLogin | undefined) => Promise<StoredLogin | undefined>): Promise<StoredLogin | undefined>;
}

type Env = Readonly<Record<string, string | undefined>>;

const RETRY_MS = 50;
const LONGEST_WAIT_MS = 20_000;
/** Longer than anybody holds it who lives. */
const STALE_MS = 60_000;

/** Undefined where the environment names no home: then there are none. */
export function openStoredLogins(env: Env, clock: Clock): StoredLogins | undefined {
  const folder = loginsFolder(env);
  if (folder === undefined) return undefined;
  const file = join(folder, 'logins.json');
  const read = (): readonly StoredLogin[] => {
    const parsed = LoginsFile.safeParse(readJson(file));
    if (!parsed.success) return [];
    makePrivate(file, 0o600);
    return parsed.data.logins;
  };
  return {
    find: (issuer) => read().find((login) => login.issuer === issuer),
    async change(issuer, change) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      const release = await lock(`${file}.lock`, clock);
      try {
        const known = read();
        const changed = await change(known.find((login) => login.issuer === issuer));
        const logins = [...known.filter((login) => login.issuer !== issuer), ...(changed === undefined ? [] : [changed])];
        writePrivate(file, `${JSON.stringify({ logins }, null, 2)}\n`);
        return changed;
      } finally {
        release();
      }
    },
  };
}

/** A folder: the file system makes it for one alone. Throws `InvalidConfig` when it never becomes free. */
async function lock(place: string, clock: Clock): Promise<() => void> {
  const until = clock.monotonic() + LONGEST_WAIT_MS;
  while (!taken(place)) {
    const since = statSync(place, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && clock.now() - since > STALE_MS) release(place);
    else if (clock.monotonic() > until) throw codedError('InvalidConfig', { source: place, problem: 'is held by another command', fix: 'remove it when no other `troupe` runs' });
    else await pause(clock, RETRY_MS);
  }
  return () => release(place);
}

function taken(place: string): boolean {
  try {
    mkdirSync(place, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function release(place: string): void {
  try {
    rmdirSync(place);
  } catch {
    // Somebody found it stale and took it away.
  }
}
