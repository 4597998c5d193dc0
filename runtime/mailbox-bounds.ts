// Bounds of mailboxes (K21). At the edges a full one refuses, so that whoever tells from outside is slowed down or told so. What a
// committed step sends is always accepted: instead its sender's normal mail pauses while the target has too much, never while the
// sender itself has. So whoever makes others wait does not wait, and no circle of actors can stand still.
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { DurableCell } from './durable-cell.ts';
import type { Priority } from './envelope.ts';
import type { Places } from './places.ts';

export interface MailboxLimits {
  /** Messages that may wait for an actor before tells and asks from outside are refused with `MailboxFull`. Control messages pass. */
  readonly maxMailbox: number;
  /** Messages that may wait for a durable actor before those that send to it pause. */
  readonly pauseAbove: number;
}

export const MAILBOX_LIMITS: MailboxLimits = { maxMailbox: 10_000, pauseAbove: 1_000 };

export interface BoundedEngine {
  readonly places: Places;
  ready(cell: DurableCell): void;
}

export class MailboxBounds {
  readonly #engine: BoundedEngine;
  readonly #limits: MailboxLimits;
  /** Those that pause with mail, by whom they wait for. */
  readonly #parked = new Map<DurableCell, Set<DurableCell>>();

  constructor(engine: BoundedEngine, limits: MailboxLimits) {
    this.#engine = engine;
    this.#limits = limits;
  }

  isFull(cell: Cell, priority: Priority | undefined): boolean {
    return cell.mailCount >= this.#limits.maxMailbox && priority !== 'control';
  }

  /** Whether a message from outside is refused. `cell` is who runs there; `arriving` is mail that is still being looked up. */
  refuses(to: Address, cell: Cell | undefined, priority: Priority | undefined, arriving = 0): boolean {
    if (priority === 'control') return false;
    return arriving + (cell === undefined ? this.#engine.places.heldCount(to) : cell.mailCount) >= this.#limits.maxMailbox;
  }

  /** A step has sent to a running actor. */
  sent(from: Address | null, to: DurableCell): void {
    if (!this.#isOver(to) || from === null || from === to.address) return;
    const sender = this.#engine.places.cells.get(from);
    if (sender !== undefined) sender.waitsFor = to;
  }

  /** Whether the actor takes only what cannot wait: control and high messages, timers, results of effects. */
  pauses(cell: DurableCell): boolean {
    const target = cell.waitsFor;
    if (target === undefined) return false;
    if (!this.#isOver(target)) cell.waitsFor = undefined;
    return cell.waitsFor !== undefined && !this.#isOver(cell);
  }

  /** It has mail and pauses. */
  park(cell: DurableCell): void {
    const target = cell.waitsFor as DurableCell;
    const parked = this.#parked.get(target) ?? new Set();
    this.#parked.set(target, parked.add(cell));
  }

  /** Those that wait for somebody who has room again, or is gone, go on. */
  release(): void {
    if (this.#parked.size === 0) return;
    for (const [target, parked] of this.#parked) {
      if (this.#isOver(target)) continue;
      this.#parked.delete(target);
      for (const cell of parked) this.#engine.ready(cell);
    }
  }

  #isOver(cell: DurableCell): boolean {
    return cell.mailbox.size > this.#limits.pauseAbove && cell.state === 'running';
  }
}
