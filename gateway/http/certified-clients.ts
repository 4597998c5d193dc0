// A door that wants certificates of its clients, right behind the handshake: whoever shows none, or one that no authority of ours has
// made, is told so and hears nothing more. Nothing of what they ask is looked at.
import type { Server, TLSSocket } from 'node:tls';
import { type Clock, codedError, type TroupeError } from '../../runtime/index.ts';
import { PROBLEM_JSON, problemOf } from './problem.ts';

const LISTEN_MS = 2_000;

export interface CertifiedOptions {
  /** Default: who has none comes without. */
  readonly required: boolean;
  readonly clock: Clock;
  onRefused(error: TroupeError, socket: TLSSocket): void;
}

/** Call before anybody but HTTP listens for connections. The server asks for certificates and rejects nobody by itself. */
export function certifiedClients(server: Server, { required, clock, onRefused }: CertifiedOptions): void {
  const served = server.listeners('secureConnection');
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    const problem = problemWith(socket, required);
    if (problem === undefined) {
      for (const serve of served) Reflect.apply(serve, server, [socket]);
      return;
    }
    const error = codedError('ClientCertificateNeeded', { problem });
    onRefused(error, socket);
    refuse(socket, error, clock);
  });
}

/** A resumed session counts as authorized though nothing was shown in it, so what was shown is looked at first. */
function problemWith(socket: TLSSocket, required: boolean): string | undefined {
  if (socket.getPeerX509Certificate() === undefined) return required ? 'none was shown' : undefined;
  return socket.authorized ? undefined : String(socket.authorizationError);
}

function refuse(socket: TLSSocket, error: TroupeError, clock: Clock): void {
  const { status, ...rest } = problemOf(error);
  const words = JSON.stringify({ status, ...rest });
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} Forbidden\r\nContent-Type: ${PROBLEM_JSON}\r\nContent-Length: ${Buffer.byteLength(words)}\r\nConnection: close\r\n\r\n${words}`);
  // Closing on what is unread would cut off the words as well.
  socket.resume();
  socket.once(
    'close',
    clock.after(LISTEN_MS, () => socket.destroy()),
  );
}
