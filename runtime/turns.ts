// When the kernel goes on with what it has put off. The only caller of queueMicrotask and setImmediate in the kernel: whoever gives
// other turns owns the order in which a node does things, as whoever gives a Clock owns its time.

export interface Turns {
  /** Once the present call has returned, before anything new comes in. */
  soon(run: () => void): void;
  /** In a later turn: what has come in meanwhile goes first. */
  next(run: () => void): void;
}

export const eventLoop: Turns = {
  soon: (run) => queueMicrotask(run),
  next: (run) => void setImmediate(run),
};
