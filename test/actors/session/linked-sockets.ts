// Two ends of one connection in memory: each text arrives at the other end in a later turn of the event loop, in order.
import type { SocketLike } from '../../../actors/session/host-connection.ts';

export interface LinkedSocket extends SocketLike {
  /** How the other end closed it, once it has. */
  closedWith: { readonly code: number; readonly reason: string } | undefined;
}

export function linkedSockets(): readonly [LinkedSocket, LinkedSocket] {
  const ends = [end(), end()] as const;
  for (const [here, there] of [ends, [ends[1], ends[0]] as const]) {
    here.socket.send = (text) => {
      if (here.closed) throw new Error('socket is closed');
      setImmediate(() => !there.closed && there.hear(text));
    };
    here.socket.close = (code, reason) => {
      if (here.closed) return;
      here.closed = true;
      setImmediate(() => {
        if (there.closed) return;
        there.closed = true;
        there.socket.closedWith = { code, reason };
        there.shut();
      });
    };
  }
  return [ends[0].socket, ends[1].socket];
}

function end() {
  const state = {
    closed: false,
    hear: (_text: string): void => {},
    shut: (): void => {},
    socket: undefined as unknown as LinkedSocket,
  };
  state.socket = {
    closedWith: undefined,
    send: () => {},
    close: () => {},
    onMessage: (listener) => {
      state.hear = listener;
    },
    onClose: (listener) => {
      state.shut = listener;
    },
  };
  return state;
}

/** Lets what is under way arrive. */
export async function arrive(turns = 12): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
