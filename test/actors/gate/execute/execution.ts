// Executes single actions for real, in folders of one test, and finds the processes that they left.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hashAction } from '../../../../actors/gate/action-hash.ts';
import { type ExecuteIo, execute } from '../../../../actors/gate/execute/index.ts';
import { findGiven } from '../../../../actors/session/owned-processes.ts';
import type { Action, Containment, ExecuteOrder, ExecuteResult } from '../../../../actors/work/types.ts';
import { systemClock } from '../../../../runtime/clock.ts';
import { privateFolder } from '../../../support/private-folder.ts';

export interface RunOptions extends Partial<ExecuteIo> {
  readonly timeoutMs?: number;
  readonly key?: string;
  readonly containment?: Containment;
  readonly hidden?: readonly string[];
  /** Changes the order after it was granted. */
  readonly tamper?: Partial<ExecuteOrder>;
}

export interface Execution {
  readonly folder: string;
  readonly workspace: string;
  readonly deployRoot: string;
  run(action: Action, options?: RunOptions): Promise<ExecuteResult>;
  /** Commands of processes that any of the runs left. */
  left(): string[];
}

/** `by`: another build of the executors. */
export function execution(by: typeof execute = execute): Execution {
  const folder = privateFolder();
  const [workspace, deployRoot, temporaries] = ['workspace', 'deploy', 'temporary'].map((name) => join(folder, name)) as [string, string, string];
  for (const made of [workspace, temporaries]) mkdirSync(made);
  let runs = 0;
  return {
    folder,
    workspace,
    deployRoot,
    left: () => findGiven(temporaries).map(({ command }) => command),
    run(action, { timeoutMs = 15_000, key, containment = null, hidden = [], tamper, ...io } = {}) {
      runs += 1;
      const temporary = join(temporaries, `step-${runs}`);
      mkdirSync(temporary);
      const surroundings = { workspace, deployRoot, healthUrl: 'http://127.0.0.1:1/health' };
      const id = key ?? `plan.task.0.${runs}`;
      const order: ExecuteOrder = { request: id, key: id, epoch: 1, action, surroundings, actionHash: hashAction(action, surroundings), timeoutMs, containment, hidden, ...tamper };
      const signal = new AbortController().signal;
      return by(order, { clock: systemClock, signal, onOutput: () => {}, path: '/usr/local/bin:/usr/bin:/bin', temporary, ...io });
    },
  };
}

export function code(result: ExecuteResult): string | undefined {
  return result.error?.code;
}
