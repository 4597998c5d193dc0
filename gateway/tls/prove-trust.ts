// Whether a client of this machine that comes by the node's name, as agent hosts and the command line do, believes its certificate. Found
// out by one handshake on a port of its own, before anything depends on it.
import { type AddressInfo, isIP } from 'node:net';
import { connect, createServer, rootCertificates, type Server } from 'node:tls';
import { type Clock, codedError } from '../../runtime/index.ts';
import { type Certificate, readPem } from './certificate.ts';
import { TLS_VARIABLES } from './tls-config.ts';

export interface TrustWish {
  readonly certificate: Certificate;
  /** Address that the node listens on. */
  readonly bound: string;
  /** Name or address that clients use. */
  readonly host: string;
  readonly caFile: string | null;
  readonly clock: Clock;
}

const HANDSHAKE_MS = 5_000;

/** The authorities that a client believes who is given a file of one; undefined: those that Node.js knows. Throws `InvalidConfig`. */
export function authoritiesOf(caFile: string | null): string[] | undefined {
  return caFile === null ? undefined : [...rootCertificates, readPem(TLS_VARIABLES.ca, caFile)];
}

/** Rejects with `InvalidConfig`, naming the variable and the fix. */
export async function proveTrust({ certificate, bound, host, caFile, clock }: TrustWish): Promise<void> {
  const ca = authoritiesOf(caFile);
  const { cert, key, minVersion } = certificate;
  const server = createServer({ cert, key, minVersion }, (socket) => socket.on('error', () => undefined).end());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, bound, resolve));
  try {
    await shakeHands({ server, host, ca, clock });
  } catch (error) {
    throw refusalOf(error as NodeJS.ErrnoException, host, caFile);
  } finally {
    server.close();
  }
}

function shakeHands({ server, host, ca, clock }: { readonly server: Server; readonly host: string; readonly ca: string[] | undefined; readonly clock: Clock }): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host, port, ...(ca === undefined ? {} : { ca }), ...(isIP(host) === 0 ? { servername: host } : {}) });
  const cancel = clock.after(HANDSHAKE_MS, () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  return new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
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
