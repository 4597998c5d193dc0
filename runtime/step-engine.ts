// What a durable step needs of the engine around it.
import type { Address } from './address.ts';
import type { Batch } from './batch.ts';
import type { DurableCell } from './durable-cell.ts';
import type { EffectRunner } from './effect-runner.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Kernel } from './kernel.ts';
import type { Mail } from './mail.ts';

export interface StepEngine {
  readonly kernel: Kernel;
  readonly era: string;
  /** Routes a message of this batch: to a durable actor within it, to others after its commit. */
  send(batch: Batch, mail: Mail, to: Address): void;
  atBoundary(run: (batch: Batch) => void): void;
  startChild(batch: Batch, from: Address, supervisor: Address, child: { template: string; id: string; input: unknown }): void;
  /** `renewed`: the same step starts another one there. */
  stopChild(batch: Batch, address: Address, renewed: boolean): void;
  /** The cell's final state: its rows go, or wait for the next incarnation (K26). */
  end(batch: Batch, cell: DurableCell): void;
  readonly effects: Pick<EffectRunner, 'start' | 'stop' | 'send' | 'isRunning'>;
  nextEffect(): number;
  exit(cell: DurableCell, reason: ExitReason): void;
  /** Mail goes back to the front of the cell's queue. */
  putBack(cell: DurableCell, mails: readonly Mail[]): void;
  /** Internal mail that no longer counts. */
  drop(mail: Mail): void;
}
