// Children of durable dynamic supervisors as rows: a step's `startChild` and `stopChild` are in that step's commit (K25).
import { type Address, childAddress } from './address.ts';
import type { Batch } from './batch.ts';
import type { DurableEngine } from './durable-engine.ts';
import { giveUp, removeRow } from './durable-lifecycle.ts';
import { refuse } from './durable-step.ts';
import { SHUTDOWN } from './exit-reason.ts';
import { signalEnd } from './exit-signals.ts';
import type { ChildRow } from './journal.ts';
import { Mail } from './mail.ts';

export interface ChildWish {
  readonly template: string;
  readonly id: string;
  readonly input: unknown;
}

/** Of a step. Where no durable dynamic supervisor is, it is as a send to nobody: the step stands, and what it asked for is seen. */
export function requestChild(engine: DurableEngine, batch: Batch, from: Address, supervisor: Address, child: ChildWish): void {
  if (engine.kernel.startsRows(supervisor)) {
    putChildRow(engine, batch, supervisor, child);
    return;
  }
  const request = new Mail('message', from, { type: 'troupe.start_child', ...child });
  request.fromStep = true;
  refuse(engine, batch, { address: supervisor }, request, 'noproc', 'no durable dynamic supervisor');
}

/** A child row in this batch; its supervisor starts it after the commit. An id that exists is left as it is, by the journal where memory does not know of it. */
export function putChildRow(engine: DurableEngine, batch: Batch, supervisor: Address, child: ChildWish): ChildRow | undefined {
  const address = childAddress(supervisor, child.id);
  const { places, counters } = engine;
  if (places.rowChildren.has(address)) return undefined;
  places.rowPut(address);
  counters.child += 1;
  counters.incarnation += 1;
  const row = { parent: supervisor, id: child.id, seq: counters.child, template: child.template, input: JSON.stringify(child.input ?? null), incarnation: counters.incarnation };
  batch.childrenPut.set(address, row);
  // Where all are new, none of them is another's that was there before.
  batch.afterExits.push(() => announceChild(engine, row, batch.newChildren === batch.childrenPut.size));
  return row;
}

/** Tells the supervisor of a committed row, once the one before it under this id is gone. `isNew`: the journal holds this one, and need not be asked. */
export function announceChild({ places, activations }: DurableEngine, row: ChildRow, isNew = false): void {
  const address = childAddress(row.parent, row.id);
  const stopping = places.stopping.get(address);
  if (stopping !== undefined) stopping.next = row;
  else if (places.rowChildren.has(address)) void activations.wake(address, isNew ? row : undefined);
}

export function stopChildRow(engine: DurableEngine, batch: Batch, address: Address, renewed: boolean): void {
  const cell = engine.places.cells.get(address);
  const rowsGone = cell !== undefined && cell.state === 'running';
  const lastMail = engine.counters.mail;
  if (rowsGone) {
    cell.state = 'ending';
    signalEnd(engine, batch, address, SHUTDOWN, true);
    giveUp(engine, batch, cell, true, renewed);
  } else if (cell === undefined && (engine.places.rowChildren.has(address) || engine.presumes(address))) {
    // Its state goes with its row: a next one under this id must not find it.
    batch.ended.set(address, true);
    removeRow(engine, batch, address);
    // What waits for it in memory goes with it: without this a crash right behind would leave mail for nobody.
    if (!renewed) for (const mail of engine.places.release(address, [])) refuse(engine, batch, { address }, mail, 'noproc', 'ended');
  }
  batch.after.push(() => {
    engine.places.stopping.set(address, { rowsGone, renewed, lastMail, next: undefined });
    engine.kernel.stopChildAt(address);
  });
}

/** A child that a step stopped is gone: a row put under its id meanwhile starts now. */
export function childStopped(engine: DurableEngine, address: Address): void {
  const next = engine.places.stopping.get(address)?.next;
  engine.places.stopping.delete(address);
  if (next !== undefined) announceChild(engine, next);
}
