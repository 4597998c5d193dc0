// When the kernel goes on with what it has put off. Nothing else in the kernel puts off what it does: whoever gives
// other turns owns the order in which a node does things, as whoever gives a Clock owns its time.

export interface Turns {
  /** Once the present call has returned, before anything new comes in. */
  soon(run: () => void): void;
  /** In a later turn: what has come in meanwhile goes first. */
  next(run: () => void): void;
}

const DONE = Promise.resolve();

export const eventLoop: Turns = {
  // Not queueMicrotask: Node makes a resource of async hooks for each.
  soon: (run) => void DONE.then(run),
  next: (run) => void setImmediate(run),
};
