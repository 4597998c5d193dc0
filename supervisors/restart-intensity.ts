// At most `intensity` restarts in any `periodMs`; one more and the supervisor gives up (OTP "Maximum Restart Intensity").

export interface Intensity {
  readonly intensity: number;
  readonly periodMs: number;
}

/**
 * `times` are earlier restarts, monotonic ms, oldest first. Returns those that still count, with this one when it is admitted.
 * Both ends of the period count, as in OTP (`Now =< Then + Period`).
 */
export function admitRestart(times: readonly number[], now: number, { intensity, periodMs }: Intensity): { readonly ok: boolean; readonly times: readonly number[] } {
  const recent = times.filter((at) => now - at <= periodMs);
  return recent.length < intensity ? { ok: true, times: [...recent, now] } : { ok: false, times: recent };
}
