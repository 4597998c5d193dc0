// Whether a client of this machine that comes by the node's name, as agent hosts and the command line do, believes its certificate. Found
// out by one handshake on a port of its own, before anything depends on it.
import { type AddressInfo, isIP } from 'node:net';
import { type ConnectionOptions, connect, createSecureContext, createServer, rootCertificates, type Server } from 'node:tls';
import { type Clock, codedError } from '../../runtime/index.ts';
import type { Certificate } from './certificate.ts';
import { CLIENT_VARIABLES, type ClientFiles, type ClientsWanted, shownBy } from './client-config.ts';
import { readPem } from './pem-file.ts';
import { TLS_VARIABLES } from './tls-config.ts';

/** As `node:tls` takes it: nothing for what Node.js knows. Throws `InvalidConfig`. */
export function believedBy(caFile: string | null): { readonly ca?: string[] } {
  const ca = authoritiesOf(caFile);
  return ca === undefined ? {} : { ca };
}

export interface TrustWish {
  readonly certificate: Certificate;
  /** Address that the node listens on. */
  readonly bound: string;
  /** Name or address that clients use. */
  readonly host: string;
  readonly caFile: string | null;
  /** Undefined: the doors ask for no certificates of clients. */
  readonly clients?: ClientsWanted | undefined;
  /** What its own clients show. */
  readonly shown?: ClientFiles | undefined;
  readonly clock: Clock;
}

const HANDSHAKE_MS = 5_000;

/** The authorities that a client believes who is given a file of one; undefined: those that Node.js knows. Throws `InvalidConfig`. */
export function authoritiesOf(caFile: string | null): string[] | undefined {
  return caFile === null ? undefined : [...rootCertificates, readPem(TLS_VARIABLES.ca, caFile)];
}

/** Rejects with `InvalidConfig`, naming the variable and the fix. */
export async function proveTrust(wish: TrustWish): Promise<void> {
  const { certificate, bound, host, caFile, clients, shown, clock } = wish;
  const trust = { ...believedBy(caFile), ...usable(shown) };
  const seen: { problem?: string } = {};
  const server = createServer({ ...certificate, requestCert: clients !== undefined, rejectUnauthorized: false }, (socket) => {
    if (clients !== undefined && !socket.authorized) seen.problem = String(socket.authorizationError);
    socket.on('error', () => undefined).end();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, bound, resolve));
  try {
    await shakeHands({ server, host, trust, clock });
  } catch (error) {
    throw refusalOf(error as NodeJS.ErrnoException, host, caFile);
  } finally {
    server.close();
  }
  if (clients !== undefined) checkShown(clients, shown, seen.problem);
}

/** Throws `InvalidConfig` where the two do not belong together. */
function usable(shown: ClientFiles | undefined): ReturnType<typeof shownBy> {
  const pair = shownBy(shown ?? null);
  try {
    createSecureContext(pair);
    return pair;
  } catch {
    // Not in the library's words: they may quote the key.
    throw codedError('InvalidConfig', {
      source: CLIENT_VARIABLES.cert,
      problem: `${shown?.certFile} and ${shown?.keyFile} are no certificate with its key`,
      fix: 'name the two that were made together, in PEM and without a passphrase',
    });
  }
}

/** Agent hosts and commands of this machine come as everybody does. */
function checkShown({ caFile, required }: ClientsWanted, shown: ClientFiles | undefined, problem: string | undefined): void {
  const fix = `name one of an authority in ${caFile}, and its key in ${CLIENT_VARIABLES.key}`;
  if (shown === undefined && required)
    throw codedError('InvalidConfig', { source: CLIENT_VARIABLES.cert, problem: 'is not set, and agent hosts and commands of this machine must show a certificate too', fix });
  if (shown !== undefined && problem !== undefined)
    throw codedError('InvalidConfig', { source: CLIENT_VARIABLES.cert, problem: `${shown.certFile} is none that the doors take (${problem})`, fix });
}

function shakeHands({ server, host, trust, clock }: { readonly server: Server; readonly host: string; readonly trust: ConnectionOptions; readonly clock: Clock }): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host, port, ...trust, ...(isIP(host) === 0 ? { servername: host } : {}) });
  const cancel = clock.after(HANDSHAKE_MS, () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  return new Promise<void>((resolve, reject) => {
    // By then the other side has seen what was shown.
    socket.resume().once('end', resolve);
    socket.once('error', reject);
  }).finally(() => {
    cancel();
    socket.on('error', () => undefined).destroy();
  });
}

/** Of the way to it, not of what it showed. */
const NO_WAY: readonly string[] = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EADDRNOTAVAIL'];

function refusalOf({ code = '', message }: NodeJS.ErrnoException, host: string, caFile: string | null): Error {
  if (NO_WAY.includes(code))
    return codedError('InvalidConfig', {
      source: TLS_VARIABLES.name,
      problem: `${host} does not lead to this node (${code}), and agent hosts come by that name`,
      fix: `add a line for ${host} to /etc/hosts of this machine`,
    });
  const problem =
    caFile === null
      ? `no authority that Node.js knows vouches for the certificate (${code || message})`
      : `what is in ${caFile} does not vouch for the certificate (${code || message})`;
  return codedError('InvalidConfig', {
    source: TLS_VARIABLES.ca,
    problem,
    fix: 'name the file of the authority that made it, and let TROUPE_TLS_CERT hold all that is between the two',
  });
}
