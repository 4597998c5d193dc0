// What an actor or an operator asks of ties: monitors and links as in OTP, membership of groups as in pg, names as in a registry.
// All of it may be asked twice: a second time changes nothing. (OTP counts monitors and joins; here a retry must be safe.)
import { type Address, parseAddress } from './address.ts';
import type { Batch } from './batch.ts';
import type { Cell } from './cell.ts';
import { codedError } from './errors.ts';
import { NOPROC } from './exit-reason.ts';
import { signal, type TieHost, writeTie } from './exit-signals.ts';
import type { TieKind } from './journal.ts';
import type { Tie, TieOp } from './ties.ts';
import { checkName, isVia, resolveVia } from './via.ts';

const SIGNALS = { demonitor: 'DOWN', unlink: 'EXIT' } as const;

/** Throws when what it is about cannot be written as an address or a name: a failed step. */
export function checkTie(op: TieOp, about: string): void {
  if (op === 'monitor' || op === 'demonitor' || op === 'link' || op === 'unlink') {
    if (!isVia(about)) parseAddress(about);
  } else {
    checkName(about);
  }
}

/** Why a step may not register the name; undefined when it may. */
export function nameFlaw({ kernel }: Pick<TieHost, 'kernel'>, name: string, holder: Address, rowed: boolean): Error | undefined {
  return kernel.ties.isTaken(name, { holder, rowed }) ? codedError('NameTaken', { name, holder: kernel.ties.whereis(name) ?? 'who is letting it go' }) : undefined;
}

/** Whose ties change. Its cell, where it runs. */
export interface Holder {
  readonly address: Address;
  readonly durable: boolean;
  readonly cell: Cell | undefined;
}

/** In a durable holder's batch, or at once for a volatile one. Throws `NameTaken`. */
export function changeTie(host: TieHost, batch: Batch | undefined, holder: Holder, op: TieOp, about: string): void {
  const { address, durable, cell } = holder;
  const tie = (kind: TieKind, other = about): Tie => ({ kind, holder: address, other, rowed: durable });
  switch (op) {
    case 'join':
      return writeTie(host, batch, tie('group'), true);
    case 'leave':
      return letGo(host, batch, tie('group'));
    case 'register': {
      const flaw = nameFlaw(host, about, address, durable);
      if (flaw !== undefined) throw flaw;
      return writeTie(host, batch, tie('name'), true);
    }
    case 'unregister':
      return unregister(host, batch, tie('name'));
    case 'monitor':
      return monitor(host, batch, cell, tie('monitor', resolveVia(host.kernel.ties, about)));
    case 'link':
      return link(host, batch, cell, tie('link', resolveVia(host.kernel.ties, about)));
    case 'demonitor':
    case 'unlink': {
      const other = resolveVia(host.kernel.ties, about);
      letGo(host, batch, tie(op === 'unlink' ? 'link' : 'monitor', other));
      if (op === 'unlink') letGoBack(host, batch, address, other);
      // As OTP's `flush`: what has come already is not seen any more.
      const spent = cell?.takeOut(({ message }) => message.type === SIGNALS[op] && message.address === other) ?? [];
      for (const mail of spent) batch?.consume(mail, address);
      return;
    }
  }
}

/** What a spec gives is taken away once the commit is there: read back it would not be. It may have a row too, by a join of its own. */
function letGo(host: TieHost, batch: Batch | undefined, tie: Tie): void {
  const { ties } = host.kernel;
  const present = ties.get(tie);
  if (present === undefined) return;
  if (batch === undefined || present.rowed) {
    writeTie(host, batch, tie, false);
    return;
  }
  batch.tie(tie, false);
  batch.after.push(() => ties.remove(tie));
}

function unregister(host: TieHost, batch: Batch | undefined, tie: Tie): void {
  const { ties } = host.kernel;
  if (!ties.has(tie)) return;
  writeTie(host, batch, tie, false);
  if (batch === undefined) return;
  ties.leaving(tie.other);
  batch.after.push(() => ties.left(tie.other));
}

function monitor(host: TieHost, batch: Batch | undefined, cell: Cell | undefined, tie: Tie): void {
  if (tie.other === tie.holder) return;
  if (host.kernel.lifeAt(tie.other) === undefined) signal(host, batch, tie, NOPROC, cell);
  else writeTie(host, batch, tie, true);
}

/** Two ties, one at each end. What a volatile end holds follows the commit that the other end's row is in. */
function link(host: TieHost, batch: Batch | undefined, cell: Cell | undefined, tie: Tie): void {
  if (tie.other === tie.holder) return;
  const life = host.kernel.lifeAt(tie.other);
  if (life === undefined) {
    signal(host, batch, tie, NOPROC, cell);
    return;
  }
  writeTie(host, batch, tie, true);
  const back: Tie = { kind: 'link', holder: tie.other, other: tie.holder, rowed: life === 'durable' };
  if (batch === undefined || back.rowed) writeTie(host, batch, back, true);
  else batch.after.push(() => void (host.kernel.ties.has(tie) && host.kernel.ties.put(back)));
}

function letGoBack(host: TieHost, batch: Batch | undefined, holder: Address, other: Address): void {
  const { ties, lifeAt } = host.kernel;
  const back: Tie = { kind: 'link', holder: other, other: holder, rowed: lifeAt(other) === 'durable' };
  if (batch === undefined || back.rowed) writeTie(host, batch, back, false);
  else batch.after.push(() => ties.remove(back));
}
