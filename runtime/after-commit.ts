// What leaves the engine once a batch is written, and only then (K9): to who waits for it, to who looks on.
import { type Address, childAddress } from './address.ts';
import type { Batch } from './batch.ts';
import { bodyOf } from './batch-fact.ts';
import { tellBuried } from './burial.ts';
import type { DurableEngine } from './durable-engine.ts';
import type { Mail } from './mail.ts';
import type { Telemetry } from './telemetry.ts';
import { bringInLine } from './timers.ts';

/** Everything that waited for the commit, in order: acceptances, timers, then what the steps asked for, then exits. `rowed` is mail that has a row now. */
export function letGo(engine: DurableEngine, batch: Batch, rowed: readonly Mail[]): void {
  const { places, kernel, fresh } = engine;
  for (const mail of rowed) {
    const to = fresh.get(mail);
    mail.rowed = true;
    mail.rowedIn = batch.number;
    fresh.delete(mail);
    mail.acceptance?.resolve();
    if (to === undefined) continue;
    const cell = places.cells.get(to);
    if (cell === undefined) places.stored(to);
    else engine.backlog.written(cell);
  }
  for (const { mail } of batch.consumed) mail.acceptance?.resolve();
  if (batch.ended.size > 0) forgetEnded(engine, batch);
  if (batch.childrenPut.size > 0) places.rowsWritten();
  for (const { parent, id } of batch.childrenRemoved) places.removalWritten(childAddress(parent, id));
  if (batch.receipts.size > 0) for (const receipt of batch.receipts.values()) places.receiptWritten(receipt, kernel.asks);
  if (batch.timersChanged.size > 0) for (const [cell, keys] of batch.timersChanged) bringInLine(engine, cell, keys);
  for (const { letter, mail } of batch.deadLetters) kernel.deadLetters.announce(letter, mail);
  for (const burial of batch.buried) void tellBuried(engine, burial);
  for (const run of batch.after) run();
  for (const { cell, reason } of batch.exits) engine.exit(cell, reason);
  engine.passivation.committed(batch);
  for (const run of batch.afterExits) run();
  engine.backlog.committed();
}

function forgetEnded({ places, kernel }: DurableEngine, { ended }: Batch): void {
  for (const [address, forGood] of ended) {
    if (!forGood) continue;
    if (!places.rowChildren.has(address)) places.forget(address);
    kernel.alerts.actorGone(address);
  }
}

/** Nobody listening, nothing built. */
export function tell(telemetry: Telemetry, batch: Batch, lastFact: number): void {
  if (!telemetry.observed) return;
  telemetry.emit({ kind: 'journal.committed', batch: batch.number, steps: batch.steps, lastFact });
  for (const { address, transition } of batch.stepFacts) telemetry.emit({ kind: 'actor.step', address, transition });
  for (const fact of batch.facts) {
    const body = bodyOf(fact);
    telemetry.emit({ kind: 'actor.fact', address: (body as { address?: Address }).address ?? null, name: fact.kind, body });
  }
}
