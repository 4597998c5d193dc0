// The certificate that the doors show now. A renewed one is taken up without a restart, within seconds; one that is not good is told of and
// the doors go on with the one they have.
import { statSync } from 'node:fs';
import type { Server } from 'node:tls';
import type { Clock } from '../../runtime/index.ts';
import type { Log } from '../log.ts';
import { type Certificate, loadCertificate } from './certificate.ts';
import type { ClientsWanted } from './client-config.ts';
import type { TlsConfig } from './tls-config.ts';

export interface LiveCertificate {
  current(): Certificate;
  /** Default: doors ask for no certificates of clients. */
  readonly clients?: ClientsWanted;
  /** From now on it shows what is current. */
  showAt(server: Pick<Server, 'setSecureContext'>): void;
  /** Why files that have changed since are not taken up; undefined when they are. */
  problem(): string | undefined;
  close(): void;
}

export interface LiveCertificateOptions {
  readonly config: TlsConfig;
  /** Name or address that clients use. */
  readonly host: string;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_EVERY_MS = 5_000;

/** Throws `InvalidConfig`. */
export function openCertificate({ config, host, clock, log }: LiveCertificateOptions): LiveCertificate {
  const load = (): Certificate => loadCertificate({ config, host, now: clock.now() });
  const servers: Array<Pick<Server, 'setSecureContext'>> = [];
  let seen = stateOf(config);
  let current = load();
  let problem: string | undefined;
  const takeUp = (): void => {
    try {
      current = load();
      for (const server of servers) server.setSecureContext(current);
      problem = undefined;
      log.info({ expiresAt: new Date(current.expiresAt).toISOString() }, 'a renewed certificate is shown');
    } catch (error) {
      // The two files of a pair are not replaced at once: the next look may find them whole.
      const why = (error as Error).message;
      if (why !== problem) log.warn({ why }, 'the files of the certificate have changed and are not good; the one before is shown on');
      problem = why;
    }
  };
  const look = (): void => {
    cancel = clock.after(LOOK_EVERY_MS, look);
    const now = stateOf(config);
    // What was not good may be by now, as it is: its day has come, or this user may read it.
    if (now === seen && problem === undefined) return;
    seen = now;
    takeUp();
  };
  let cancel = clock.after(LOOK_EVERY_MS, look);
  return {
    current: () => current,
    ...(config.clients === undefined ? {} : { clients: config.clients }),
    showAt: (server) => void servers.push(server),
    problem: () => problem,
    close: () => cancel(),
  };
}

/** Changes whenever a file is written or another is put in its place, also behind a link. */
function stateOf({ certFile, keyFile, clients }: TlsConfig): string {
  return [certFile, keyFile, ...(clients === undefined ? [] : [clients.caFile])].map(stateOfFile).join();
}

/** Whatever is wrong with it is said by whoever loads it. */
function stateOfFile(file: string): string {
  try {
    const { ino, size, mtimeMs, mode } = statSync(file);
    return `${ino} ${size} ${mtimeMs} ${mode}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
