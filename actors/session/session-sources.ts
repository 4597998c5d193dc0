// What the session's statechart invokes: the launcher's operations as XState actors. The cell is volatile, so they run as they are.
import { fromCallback, fromPromise } from 'xstate';
import type { ExitReason } from '../../runtime/index.ts';
import type { HostInfo } from './host-connection.ts';
import type { Launched, SessionLauncher } from './session-launcher.ts';
import type { TerminalKind } from './terminal.ts';

export interface SessionInput {
  readonly agent: string;
}

export interface SessionContext {
  readonly agent: string;
  readonly kind: TerminalKind | null;
  readonly pid: number | null;
  /** Argv that shows the terminal to a person. */
  readonly attach: readonly string[] | null;
  readonly info: HostInfo | null;
  readonly lost: { readonly code: string; readonly why: string } | null;
}

export interface SessionEvent {
  readonly type: 'troupe.shutdown';
  readonly reason: ExitReason;
}

/** Lives as long as the actor: whatever ends the actor ends the terminal. After an orderly stop nothing is left to do. `gone` hears of every end, behind what the session itself has said of it. */
export function holdSource(launcher: SessionLauncher, gone: (agent: string) => void) {
  return fromCallback<{ type: string }, string>(({ input: agent }) => () => {
    launcher.abandon(agent);
    queueMicrotask(() => gone(agent));
  });
}

export function launchSource(launcher: SessionLauncher) {
  return fromPromise<Launched, string>(({ input: agent, signal }) => launcher.launch(agent, signal));
}

export function readySource(launcher: SessionLauncher) {
  return fromPromise<HostInfo, string>(({ input: agent, signal }) => launcher.ready(agent, signal));
}

export function lifeSource(launcher: SessionLauncher) {
  return fromPromise<never, { readonly agent: string; readonly info: HostInfo | null }>(async ({ input: { agent, info }, signal }) => {
    if (info === null) throw new Error('not ready');
    return launcher.life(agent, info, signal);
  });
}

export function stopSource(launcher: SessionLauncher) {
  return fromPromise<void, string>(({ input: agent }) => launcher.stop(agent));
}
