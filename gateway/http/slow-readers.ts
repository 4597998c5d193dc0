// Whoever asks and does not read what it is told costs memory: what waits for one reader is bounded, what waits for all together too, and
// one that takes nothing for a while is cut off. Each is a fact. Those who read notice nothing.
import type { Socket } from 'node:net';
import type { Clock } from '../../runtime/index.ts';
import type { NodeNow } from './dispatch.ts';

export interface CutOff {
  readonly door: string;
  readonly remote: string;
  readonly why: string;
  readonly waitingBytes: number;
}

export type NoteCutOff = (cut: CutOff) => void;

export function cutOffNotes(nodeNow: NodeNow): NoteCutOff {
  return (cut) => nodeNow()?.system.record('reader.cut_off', { ...cut });
}

export interface WatchedDoor {
  readonly door: string;
  readonly sockets: ReadonlySet<Socket>;
}

export interface SlowReadersOptions {
  readonly clock: Clock;
  readonly doors: readonly WatchedDoor[];
  readonly note: NoteCutOff;
}

/** For one reader of a socket, before it is cut off without waiting. */
export const LARGEST_BACKLOG_BYTES = 8_388_608;
/** For all readers of a node. */
const MOST_WAITING_BYTES = 134_217_728;
/** Without taking a single byte. */
const STALLED_MS = 30_000;
const LOOK_EVERY_MS = 1_000;

interface Seen {
  /** What the system has taken of what was written. */
  readonly taken: number;
  readonly since: number;
}

/** Returns the end of the watch. */
export function watchReaders({ clock, doors, note }: SlowReadersOptions): () => void {
  const seen = new WeakMap<Socket, Seen>();
  const cutOff = (door: string, socket: Socket, why: string): void => {
    note({ door, remote: socket.remoteAddress ?? 'unknown', why, waitingBytes: socket.writableLength });
    socket.destroy();
  };
  const isStalled = (socket: Socket, now: number): boolean => {
    const taken = socket.bytesWritten - socket.writableLength;
    const before = seen.get(socket);
    if (before === undefined || before.taken !== taken) seen.set(socket, { taken, since: now });
    return before !== undefined && before.taken === taken && now - before.since >= STALLED_MS;
  };
  const look = (): void => {
    cancel = clock.after(LOOK_EVERY_MS, look);
    const now = clock.monotonic();
    const waiting: Array<{ readonly door: string; readonly socket: Socket }> = [];
    for (const { door, sockets } of doors) {
      for (const socket of sockets) {
        if (socket.writableLength === 0) seen.delete(socket);
        else if (isStalled(socket, now)) cutOff(door, socket, `it has taken nothing for ${STALLED_MS / 1_000} s`);
        else waiting.push({ door, socket });
      }
    }
    let sum = waiting.reduce((bytes, { socket }) => bytes + socket.writableLength, 0);
    if (sum <= MOST_WAITING_BYTES) return;
    waiting.sort((a, b) => b.socket.writableLength - a.socket.writableLength);
    for (const { door, socket } of waiting) {
      if (sum <= MOST_WAITING_BYTES) return;
      sum -= socket.writableLength;
      cutOff(door, socket, 'more waits for all readers together than may');
    }
  };
  let cancel = clock.after(LOOK_EVERY_MS, look);
  return () => cancel();
}
