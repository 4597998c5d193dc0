// What the journal and the thread that writes for it say to each other. Orders are carried out one after the other, as they came.
import { JournalFailure } from '../journal.ts';
import type { BatchRows } from './batch-rows.ts';

export type WriterOrder = { readonly id: number } & ({ readonly order: 'write'; readonly batch: BatchRows } | { readonly order: 'reopen' } | { readonly order: 'close' });

export interface PlainFailure {
  readonly kind: JournalFailure['kind'];
  readonly outcome: JournalFailure['outcome'];
  readonly message: string;
}

/** `hash`: of the chain after a batch; empty for other orders. */
export type WriterAnswer = { readonly id: number; readonly hash: string } | { readonly id: number; readonly failure: PlainFailure };

export const plainFailure = ({ kind, outcome, message }: JournalFailure): PlainFailure => ({ kind, outcome, message });
export const failureOf = ({ kind, outcome, message }: PlainFailure): JournalFailure => new JournalFailure(kind, outcome, message);
