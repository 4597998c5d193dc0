// Connections that last, and the tokens that opened them: what is still open once its token has expired or was revoked is ended within a second.
import type { Clock } from '../../runtime/index.ts';
import type { TokenVerifier } from '../identity/token-verifier.ts';
import type { Caller } from '../operations/index.ts';

export interface Lasting {
  /** Returns what forgets it again. */
  add(caller: Caller, end: () => void): () => void;
  close(): void;
}

interface Connection {
  readonly caller: Caller;
  readonly end: () => void;
  /** Open already when we looked before: what just answers is left to answer, also when it ended its own login. */
  lasts: boolean;
}

const LOOK_EVERY_MS = 500;

/** Nothing ends what the admin token has opened. */
export function lastingConnections(tokens: TokenVerifier, clock: Clock): Lasting {
  const connections = new Set<Connection>();
  let cancel: (() => void) | undefined;
  const look = (): void => {
    cancel = undefined;
    for (const connection of connections) {
      const { token } = connection.caller;
      const isOver = connection.lasts && token !== undefined && !tokens.isGood(token);
      connection.lasts = true;
      if (!isOver) continue;
      connections.delete(connection);
      connection.end();
    }
    lookLater();
  };
  const lookLater = (): void => {
    if (connections.size > 0) cancel ??= clock.after(LOOK_EVERY_MS, look);
  };
  return {
    add(caller, end) {
      if (caller.token === undefined) return () => undefined;
      const connection = { caller, end, lasts: false };
      connections.add(connection);
      lookLater();
      return () => void connections.delete(connection);
    },
    close() {
      cancel?.();
      connections.clear();
    },
  };
}
