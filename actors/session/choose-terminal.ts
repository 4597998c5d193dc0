// Which terminal this machine can give, and why: tmux, without it node-pty, without both plain pipes. TROUPE_TERMINAL decides instead.
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { codedError } from '../../runtime/errors.ts';
import { pipesTerminal } from './terminal/pipes.ts';
import { loadPty, type PtyModule, ptyTerminal } from './terminal/pty.ts';
import { tmuxTerminal } from './terminal/tmux.ts';
import { TERMINAL_KINDS, type Terminal } from './terminal.ts';

export type TerminalChoice =
  | { readonly kind: 'tmux'; readonly why: string; readonly binary: string }
  | { readonly kind: 'pty'; readonly why: string; readonly pty: PtyModule }
  | { readonly kind: 'pipes'; readonly why: string };

export interface ChooseOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of an executable. */
  readonly which: (binary: string) => string | null;
  readonly loadPty?: () => Promise<PtyModule | null>;
}

/** Finds an executable in a PATH, as the shell does. */
export function findExecutable(binary: string, path: string): string | null {
  const places = binary.includes('/') ? [binary] : path.split(':').map((folder) => join(folder || '.', binary));
  return places.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Throws `TerminalFailed` when TROUPE_TERMINAL names what this machine lacks. */
export async function chooseTerminal({ env, which, loadPty: load = loadPty }: ChooseOptions): Promise<TerminalChoice> {
  const wanted = env.TROUPE_TERMINAL ?? '';
  if (wanted !== '' && !TERMINAL_KINDS.some((kind) => kind === wanted)) throw unavailable(wanted, `TROUPE_TERMINAL is none of ${TERMINAL_KINDS.join(', ')}`);
  if (wanted === 'pipes') return { kind: 'pipes', why: 'TROUPE_TERMINAL says so' };
  const binary = wanted === 'pty' ? null : which('tmux');
  if (binary !== null) return { kind: 'tmux', why: wanted === '' ? `${binary} is there` : 'TROUPE_TERMINAL says so', binary };
  if (wanted === 'tmux') throw unavailable(wanted, 'tmux is not in PATH');
  const pty = await load();
  if (pty !== null) return { kind: 'pty', why: wanted === '' ? 'tmux is not in PATH' : 'TROUPE_TERMINAL says so', pty };
  if (wanted === 'pty') throw unavailable(wanted, 'node-pty is not installed, or was not built for this machine');
  return { kind: 'pipes', why: 'tmux is not in PATH, and node-pty is not installed' };
}

function unavailable(kind: string, problem: string): Error {
  return codedError('TerminalFailed', { kind, agent: 'any agent', problem, fix: 'install it, or unset TROUPE_TERMINAL' });
}

export interface OpenTerminalOptions {
  readonly clock: Clock;
  readonly dataDir: string;
  /** Names the node; part of the socket's name where the data directory's path is too long for a socket. */
  readonly instance: string;
  readonly ownerToken: string;
  readonly env: Readonly<Record<string, string>>;
}

const LONGEST_SOCKET_BYTES = 100;

/** Where tmux keeps its sockets, ours too when the data directory's path is too long. Who reaches one types outside of any containment. */
export const sharedTerminals = (): string => `/tmp/tmux-${process.getuid?.() ?? 0}`;

/** The private socket lies in the data directory, which only its owner may enter. */
export function tmuxSocket(dataDir: string, instance: string): string {
  const inside = join(dataDir, 'tmux.sock');
  return Buffer.byteLength(inside) <= LONGEST_SOCKET_BYTES ? inside : join(sharedTerminals(), `troupe-${instance}`);
}

export function openTerminal(choice: TerminalChoice, { clock, dataDir, instance, ownerToken, env }: OpenTerminalOptions): Terminal {
  if (choice.kind === 'pty') return ptyTerminal({ clock, pty: choice.pty });
  if (choice.kind === 'pipes') return pipesTerminal({ clock });
  const socket = tmuxSocket(dataDir, instance);
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  return tmuxTerminal({ clock, binary: choice.binary, socket, env: { ...env, TROUPE_OWNER: ownerToken } });
}
