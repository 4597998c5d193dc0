// Goes on between two batches with what the journal holds of an address. What was read is true only once: when the batch that carries it is
// lost, rows may have come since, and it is read again.
import type { Address } from './address.ts';
import type { Batch } from './batch.ts';
import type { DurableEngine } from './durable-engine.ts';
import type { ActorImage } from './journal.ts';

export interface ImageOperation {
  run(batch: Batch, image: ActorImage): void;
  /** The node can write no more, or cannot read again. */
  down(): void;
  /** Its rows cannot be written, though the journal is well (K11). */
  refused?(error: Error): void;
}

/** Mail for the address stays in memory until `done` resolves. Rejects when it cannot be read at all. */
export async function withImage(engine: DurableEngine, address: Address, operation: ImageOperation, done: Promise<unknown>): Promise<void> {
  const { places } = engine;
  places.pin(address);
  const unpin = (): void => places.unpin(address);
  try {
    await readAndRun(engine, address, operation);
  } catch (error) {
    unpin();
    throw error;
  }
  await done.finally(unpin);
}

async function readAndRun(engine: DurableEngine, address: Address, operation: ImageOperation): Promise<void> {
  const { run, down, refused } = operation;
  const image = await engine.load(address);
  let times = 0;
  const runOnce = (batch: Batch): void => {
    times += 1;
    if (times === 1) run(batch, image);
    // Once: the batch that carries this call may be lost as well.
    else if (times === 2) readAndRun(engine, address, operation).catch(down);
  };
  engine.atBoundary(runOnce, down, refused === undefined ? {} : { refused });
}
