// A target whose versions run as a process of this machine, as the fleet file says it: how it is started, when it is well, how it ends.
import { createHash } from 'node:crypto';
import type { ServiceLimits } from '../gate/execute/containment/limits.ts';

export interface ProcessHealth {
  /** Answers 2xx. Of this machine. */
  readonly url: string | null;
  /** Ends with 0. */
  readonly command: readonly string[] | null;
  /** What a new process may take until it is well. */
  readonly withinMs: number;
  readonly everyMs: number;
  /** So many in a row, and it is started again. */
  readonly misses: number;
}

export interface ProcessTarget {
  /** Of the place below the folder for deployments. */
  readonly name: string;
  /** Program and arguments; runs in the version's folder. */
  readonly run: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Two: a new version starts beside the old one. One, or none: in its place. */
  readonly ports: readonly number[];
  readonly health: ProcessHealth;
  readonly stop: {
    readonly signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2';
    readonly graceMs: number;
    /** So long the former version still runs once the new one holds. */
    readonly drainMs: number;
    /** False: it goes on when the node is stopped. */
    readonly withNode: boolean;
  };
  readonly limits: ServiceLimits;
  /** More deaths than that in the period, and it is left alone. */
  readonly restarts: { readonly intensity: number; readonly periodMs: number };
}

/** One version of a target that is to run. Its id is never given out again. */
export interface Run {
  readonly id: string;
  readonly target: string;
  readonly version: string;
  readonly port: number | null;
}

/** Texts of the fleet file may name `{{port}}` and `{{version}}`. */
export function filledIn(text: string, { port, version }: Pick<Run, 'port' | 'version'>): string {
  return text.replaceAll('{{port}}', String(port ?? '')).replaceAll('{{version}}', version);
}

export function argvOf({ run }: ProcessTarget, of: Run): readonly [string, ...string[]] {
  return run.map((word) => filledIn(word, of)) as unknown as readonly [string, ...string[]];
}

export function variablesOf({ env }: ProcessTarget, run: Run): Readonly<Record<string, string>> {
  const own = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, filledIn(text, run)]));
  return { ...(run.port === null ? {} : { PORT: String(run.port) }), ...own };
}

/** Two processes of the same print are started alike. */
export function printOf(target: ProcessTarget, run: Run): string {
  const variables = Object.entries(variablesOf(target, run)).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([argvOf(target, run), variables, run.version, target.limits]))
    .digest('hex');
}

/** Those that a new version starts beside. */
export const isBeside = ({ ports }: ProcessTarget): boolean => ports.length > 1;
