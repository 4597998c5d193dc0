// Actors that may not run: their rows do not fit their behaviour, or nothing in the tree starts them. Held with their mail, visible,
// and never started anew over their history; a later start that can run them does (K28).
import type { Address } from './address.ts';
import type { Batch } from './batch.ts';
import type { DurableEngine } from './durable-engine.ts';
import type { ActorRow } from './journal.ts';

/** On disk too, so that the next start knows that it was told of. The snapshot and its version stay as they are. */
export function quarantine(engine: DurableEngine, batch: Batch, row: ActorRow, why: string): void {
  const { places, kernel } = engine;
  const { address } = row;
  const known = places.quarantined.get(address) === why;
  places.quarantined.set(address, why);
  if (row.status !== 'quarantined') batch.actorRows.push({ ...row, status: 'quarantined' });
  if (!known && kernel.telemetry.observed) kernel.telemetry.emit({ kind: 'actor.quarantined', address, why });
  batch.after.push(() =>
    kernel.alerts.raise({
      kind: 'quarantine',
      severity: 'critical',
      address,
      text: `'${address}' is quarantined: ${why}. It and its mail are kept: start the node with the behaviour that wrote it, or with one that migrates it`,
    }),
  );
}

/** It runs (again). */
export function release(engine: DurableEngine, address: Address): void {
  engine.places.quarantined.delete(address);
  const { alerts } = engine.kernel;
  if (!alerts.any) return;
  alerts.clear('quarantine', address);
  alerts.clear('spec_gone', address);
}

/** An actor, or a row of a dynamic supervisor, for which there is no child spec any more. */
export function holdWithoutSpec(engine: DurableEngine, address: Address, why: string): void {
  const { places, kernel } = engine;
  const known = places.quarantined.get(address) === why;
  places.quarantined.set(address, why);
  if (!known && kernel.telemetry.observed) kernel.telemetry.emit({ kind: 'actor.quarantined', address, why });
  kernel.alerts.clear('quarantine', address);
  kernel.alerts.raise({
    kind: 'spec_gone',
    severity: 'critical',
    address,
    text: `'${address}' is on disk, but ${why}. It is held with its mail: put its child spec back into the tree and start the node again`,
  });
}

/** Once the tree is up: who is on disk and has nobody. A row of a dynamic supervisor is looked at when it is wanted, and now if it was ill. */
export function holdStrays(engine: DurableEngine, owns: (address: Address) => boolean): void {
  const { places, kernel } = engine;
  for (const address of places.known) if (!owns(address)) holdWithoutSpec(engine, address, 'nothing in the tree starts it');
  for (const { kind, address } of kernel.alerts.list()) {
    if (address === null || (kind !== 'spec_gone' && kind !== 'quarantine') || places.quarantined.has(address)) continue;
    if (kernel.rowAbove(address) === undefined) kernel.alerts.actorGone(address);
    else void lookAgain(engine, address);
  }
}

/** It may fit by now, or be gone. */
async function lookAgain({ activations, kernel }: DurableEngine, address: Address): Promise<void> {
  await activations.wake(address);
  const there = await activations.find(address).catch(() => true);
  if (!there) kernel.alerts.actorGone(address);
}
