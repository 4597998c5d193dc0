// A cycle of `always` or `raise` that never comes to rest is a failed step, not a hung node (K7). XState sets no limit by itself.

/** Microsteps that one message may cause: past these a cycle counts as eternal. */
export const MAX_MICROSTEPS = 10_000;

/** Bounds a machine; a limit that it has of its own is left, and other logic has no microsteps. */
export function endLoops(logic: unknown): void {
  const { options } = logic as { readonly options?: { maxIterations?: number } };
  if (options?.maxIterations === Number.POSITIVE_INFINITY) options.maxIterations = MAX_MICROSTEPS;
}
