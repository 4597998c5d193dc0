// What one session start leaves on the disk and in its host's environment: a ticket, a temporary folder, two markers.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import type { Ticket } from './host-tickets.ts';
import { endOfSession, OWNER_VARIABLE, ownPrefix, SESSION_VARIABLE } from './owned-processes.ts';
import type { SessionRecord } from './session-record.ts';

export interface PlaceOptions {
  readonly clock: Clock;
  readonly ownerToken: string;
  /** Made with mode 0700, emptied first: tickets lie here until their host has read them. */
  readonly ticketDir: string;
  /** Made with mode 0700: one transcript an agent. */
  readonly logDir: string;
  /** Where each session gets a folder for the temporary files of its steps. May be shared with others. */
  readonly temporaryDir: string;
  /** `ws://127.0.0.1:9999/ws`. */
  readonly url: () => string;
  /** Missing: every session ends with its node. */
  readonly outlive?: Outlive;
}

/** Of sessions whose terminal outlives the node: what they execute goes on, and waits for the next node (K19). */
export interface Outlive {
  /** Where the records of sessions lie. */
  readonly recordDir: string;
  /** Where a host finds how the next node is reached. */
  readonly urlFile: string;
  /** So long a host looks for it. */
  readonly withinMs: number;
  /** Those of an earlier node that still run. */
  readonly survivors: readonly SessionRecord[];
}

export interface SessionPlace {
  readonly agent: string;
  readonly id: string;
  readonly ticketFile: string;
  readonly temporary: string;
  readonly logFile: string;
}

/** Makes the folders of all sessions, and removes what sessions of this node's earlier life left in them. */
export function openPlaces(options: PlaceOptions): void {
  const { ticketDir, logDir, temporaryDir, outlive, url } = options;
  rmSync(ticketDir, { recursive: true, force: true });
  for (const folder of [ticketDir, logDir, temporaryDir]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  removePlaces(
    options,
    outlive?.survivors.map(({ place }) => place.temporary),
  );
  if (outlive !== undefined) writeFileSync(outlive.urlFile, `${url()}\n`, { mode: 0o600 });
}

/** Removes what sessions of a node that is gone have left among temporary files. */
export function removePlaces({ ownerToken, temporaryDir }: Pick<PlaceOptions, 'ownerToken' | 'temporaryDir'>, except: readonly string[] = []): void {
  const left = readdirSync(temporaryDir).filter((name) => name.startsWith(ownPrefix(ownerToken)) && !except.includes(join(temporaryDir, name)));
  for (const name of left) rmSync(join(temporaryDir, name), { recursive: true, force: true });
}

export function sessionPlace(options: PlaceOptions, agent: string): SessionPlace {
  const { ticketDir, logDir, temporaryDir } = options;
  const id = randomUUID();
  return { agent, id, ticketFile: join(ticketDir, `${agent}.${id}`), temporary: join(temporaryDir, ownPrefix(options.ownerToken) + id), logFile: join(logDir, `${agent}.log`) };
}

export async function preparePlace({ ticketFile, temporary }: SessionPlace, { ticket, resume }: Ticket): Promise<void> {
  await mkdir(temporary, { mode: 0o700 });
  await writeFile(ticketFile, `${ticket}\n${resume}\n`, { mode: 0o600, flag: 'wx' });
}

/** What a host finds besides PATH, HOME, LANG and TERM. No credential is in an environment. */
export function hostVariables({ ownerToken, url, outlive }: PlaceOptions, place: SessionPlace, { nonce }: Ticket): Readonly<Record<string, string>> {
  return {
    [OWNER_VARIABLE]: ownerToken,
    [SESSION_VARIABLE]: place.id,
    TROUPE_AGENT: place.agent,
    TROUPE_URL: url(),
    TROUPE_TICKET_FILE: place.ticketFile,
    TROUPE_NONCE: nonce,
    TROUPE_TEMPORARY: place.temporary,
    TROUPE_TRANSCRIPT_FILE: place.logFile,
    ...(outlive === undefined ? {} : { TROUPE_NODE_FILE: outlive.urlFile, TROUPE_OUTLIVE_MS: String(outlive.withinMs) }),
  };
}

/** Ends every process of the session and removes its files. */
export async function sweepPlace({ clock, ownerToken }: PlaceOptions, { id, ticketFile, temporary }: SessionPlace, graceMs: number): Promise<void> {
  await endOfSession({ ownerToken, session: id, temporary }, { clock, graceMs });
  await rm(ticketFile, { force: true });
  await rm(temporary, { recursive: true, force: true });
}
