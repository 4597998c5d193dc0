// Why an actor is no longer running. OTP's words; a crash carries its error.

export type ExitReason =
  | { readonly kind: 'normal' }
  | { readonly kind: 'shutdown'; readonly detail?: string }
  | { readonly kind: 'killed' }
  | { readonly kind: 'noproc' }
  | { readonly kind: 'crash'; readonly message: string; readonly stack?: string };

export const NORMAL: ExitReason = { kind: 'normal' };
export const SHUTDOWN: ExitReason = { kind: 'shutdown' };
export const KILLED: ExitReason = { kind: 'killed' };
export const NOPROC: ExitReason = { kind: 'noproc' };
export const MAX_INTENSITY: ExitReason = { kind: 'shutdown', detail: 'reached_max_restart_intensity' };

export function crash(error: unknown): ExitReason {
  if (error instanceof Error) {
    return error.stack === undefined ? { kind: 'crash', message: error.message } : { kind: 'crash', message: error.message, stack: error.stack };
  }
  return { kind: 'crash', message: String(error) };
}

/** Abnormal in OTP's sense: a `transient` child is restarted after it. */
export function isAbnormal(reason: ExitReason): boolean {
  return reason.kind !== 'normal' && reason.kind !== 'shutdown';
}

export function describeExit(reason: ExitReason): string {
  if (reason.kind === 'crash') return `crash: ${reason.message}`;
  return reason.kind === 'shutdown' && reason.detail !== undefined ? `shutdown: ${reason.detail}` : reason.kind;
}
