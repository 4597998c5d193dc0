// What others hear of an exit: DOWN for who monitors it, EXIT for who is linked and traps exits, an end for who is linked and does
// not. Each once, after all that the actor had sent; to durable ones in the commit that takes the tie away (K27).
import type { Address } from './address.ts';
import type { Batch } from './batch.ts';
import type { Cell } from './cell.ts';
import type { Message } from './envelope.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Kernel } from './kernel.ts';
import { Mail } from './mail.ts';
import type { Tie } from './ties.ts';

/** What changing ties needs of the engine around it. */
export interface TieHost {
  readonly kernel: Pick<Kernel, 'ties' | 'registry' | 'lifeAt'>;
  send(batch: Batch, mail: Mail, to: Address): void;
  atBoundary(run: (batch: Batch) => void): void;
}

/** Makes a tie or takes it away. One with a row changes in `batch`, or in the next one. */
export function writeTie(host: TieHost, batch: Batch | undefined, tie: Tie, held: boolean): void {
  if (tie.rowed && batch === undefined) {
    host.atBoundary((next) => writeTie(host, next, tie, held));
    return;
  }
  if (held) host.kernel.ties.put(tie);
  else host.kernel.ties.remove(tie);
  if (tie.rowed) batch?.tie(tie, held);
}

/** Tells the holder of a tie. `cell` is given where the holder may not be registered yet. */
export function signal(host: TieHost, batch: Batch | undefined, tie: Tie, reason: ExitReason, cell: Cell | undefined = host.kernel.registry.get(tie.holder)): void {
  const message: Message = { type: tie.kind === 'monitor' ? 'DOWN' : 'EXIT', address: tie.other, reason: withoutStack(reason) };
  const ends = tie.kind === 'link' && cell !== undefined && !trapsExits(cell);
  // A supervisor traps exits, and cares for its children's alone (OTP).
  if (ends && (cell.behaviour.kind === 'supervisor' || reason.kind === 'normal')) return;
  // An end overtakes what waits, as in OTP; a message keeps its place behind what the actor had sent.
  const mail = new Mail(tie.rowed ? 'message' : 'signal', tie.other, message, ends ? 'control' : 'normal');
  if (!tie.rowed) cell?.enqueue(mail);
  else if (batch !== undefined) host.send(batch, mail, tie.holder);
}

/** Whether this message is no message for the actor, but its own end. */
export function isFate(message: Message, cell: Pick<Cell, 'behaviour'>): boolean {
  return message.type === 'EXIT' && !trapsExits(cell);
}

function trapsExits({ behaviour }: Pick<Cell, 'behaviour'>): boolean {
  return behaviour.kind === 'worker' && behaviour.trapExits;
}

function withoutStack(reason: ExitReason): ExitReason {
  return reason.kind === 'crash' ? { kind: 'crash', message: reason.message } : reason;
}

/**
 * The run of an actor is over. Its links end; what a durable one monitors, its memberships and its names stay for the next run.
 * `nodeStops`: a node that stops is to durable actors what its crash would be, and no death of theirs.
 */
export function signalExit(host: TieHost, cell: Pick<Cell, 'address' | 'durable'>, reason: ExitReason, nodeStops: boolean): void {
  const { ties, lifeAt } = host.kernel;
  if (ties.size === 0) return;
  const { address } = cell;
  const toIt = tiesTo(host, address);
  const held = ties.of(address);
  tellVolatile(host, toIt, reason);
  if (!cell.durable) for (const tie of held) ties.remove(tie);
  const touchesRows = toIt.some((tie) => tie.rowed) || held.some((tie) => tie.kind === 'link' && (tie.rowed || lifeAt(tie.other) === 'durable'));
  if (!touchesRows || nodeStops) return;
  ties.runOver(address);
  host.atBoundary((batch) => {
    tellDurable(host, batch, address, reason);
    batch.after.push(() => ties.linksEnded(address));
  });
}

/** The incarnation of a durable actor ends in this batch, and with `forGood` all that its address stood for. */
export function signalEnd(host: TieHost, batch: Batch, address: Address, reason: ExitReason, forGood: boolean): void {
  const { ties, lifeAt } = host.kernel;
  if (ties.size === 0) return;
  const held = ties.of(address);
  const linked = held.filter((tie) => tie.kind === 'link' && lifeAt(tie.other) === 'volatile');
  tellDurable(host, batch, address, reason);
  for (const tie of held) {
    if (tie.rowed && (tie.kind === 'monitor' || (forGood && tie.kind !== 'link'))) writeTie(host, batch, tie, false);
    // What a spec gives may have a row too, by a join of its own.
    else if (forGood && tie.kind === 'group') batch.tie(tie, false);
  }
  batch.after.push(() => {
    const ends: Tie[] = linked.map(({ other }) => ({ kind: 'link', holder: other, other: address, rowed: false }));
    for (const tie of ends) ties.put(tie);
    tellVolatile(host, tiesTo(host, address), reason);
    if (forGood) for (const tie of ties.of(address)) if (!tie.rowed) ties.remove(tie);
  });
}

/** A new incarnation begins: what the one before watched is not its business (K26). */
export function forgetMonitors(host: TieHost, batch: Batch, address: Address): void {
  for (const tie of host.kernel.ties.of(address)) if (tie.kind === 'monitor' && tie.rowed) writeTie(host, batch, tie, false);
}

function tiesTo({ kernel: { ties } }: TieHost, address: Address): readonly Tie[] {
  return [...ties.to('monitor', address), ...ties.to('link', address)];
}

function tellVolatile(host: TieHost, toIt: readonly Tie[], reason: ExitReason): void {
  for (const tie of toIt) {
    if (tie.rowed) continue;
    host.kernel.ties.remove(tie);
    signal(host, undefined, tie, reason);
  }
}

function tellDurable(host: TieHost, batch: Batch, address: Address, reason: ExitReason): void {
  for (const tie of tiesTo(host, address)) {
    if (!tie.rowed) continue;
    writeTie(host, batch, tie, false);
    if (tie.kind === 'monitor' || !host.kernel.ties.isOver(tie.holder)) signal(host, batch, tie, reason);
  }
  for (const tie of host.kernel.ties.of(address)) if (tie.kind === 'link' && tie.rowed) writeTie(host, batch, tie, false);
}
