// What a start of a node is given.
import type { Policy } from '../../actors/gate/index.ts';
import type { Clock } from '../../runtime/index.ts';
import type { NodeConfig } from '../config.ts';

export interface StartOptions {
  readonly config: NodeConfig;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** Level of what goes to stderr besides the log file. Default: warnings. */
  readonly stderr?: NodeConfig['logLevel'];
  /** Program of the agent host; default the built one. */
  readonly hostProgram?: string;
  /** Within which a session must answer; default 20 s. */
  readonly readyMs?: number;
  /** Ends a start that goes on: it is undone and rejects with `NodeStopped`. */
  readonly signal?: AbortSignal;
  /** Changes what the fleet's policy says. */
  readonly policy?: (policy: Policy) => Policy;
  /** The node went down by itself. */
  readonly onExit?: (why: string) => void;
}
