// Lets everything that is ready in the process happen, without time passing.

/** Turns of the event loop, enough for a chain of commits and effects. */
export async function settle(turns = 60): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
