// The port of terminals: where an agent host runs and where a person can look at it. Implementations: terminal/tmux, pty, pipes.
// A terminal owns the process group of what it started, and touches nothing else.
import type { ProcessIdentity } from './process-identity.ts';

export const TERMINAL_KINDS = ['tmux', 'pty', 'pipes'] as const;
export type TerminalKind = (typeof TERMINAL_KINDS)[number];

export interface TerminalStart {
  /** `claude-<agent>`. */
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Called once, also when `end` was asked. */
  onExit(how: string): void;
}

/** By what a terminal is found again after its node: plain JSON. */
export interface TerminalTrace extends ProcessIdentity {
  /** The terminal's own ids. */
  readonly ids: readonly string[];
  /** The process that holds the terminal, and ends with the last of them. */
  readonly server: number;
}

export interface RunningTerminal extends ProcessIdentity {
  readonly kind: TerminalKind;
  /** Of one that outlives its node. */
  readonly trace?: TerminalTrace;
  /** Argv that shows this terminal to a person. Only tmux has one. */
  readonly attachCommand?: readonly string[];
  /** To the process group. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM to the group, after `graceMs` SIGKILL; resolves when the process is gone. May be repeated. */
  end(graceMs: number): Promise<void>;
  /** What was printed last, for error messages and for people. */
  screen(): Promise<string>;
  /** As if typed. */
  write(text: string): Promise<void>;
  /** Follows the output. Terminals without one are followed by attaching. */
  onData?(listener: (text: string) => void): () => void;
}

export interface Terminal {
  readonly kind: TerminalKind;
  /** Rejects with `TerminalFailed`. */
  start(options: TerminalStart): Promise<RunningTerminal>;
  /** One that an earlier node started; undefined when its process is gone. Only where terminals outlive their node. */
  adopt?(trace: TerminalTrace, onExit: (how: string) => void): RunningTerminal | undefined;
  /** Ends what this terminal shares between sessions, when nothing of ours uses it any more. */
  close(): Promise<void>;
}
