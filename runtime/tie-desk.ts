// What programs around the actors ask of ties: links, memberships and names given from outside. Each resolves when it is committed,
// where a durable actor is concerned.
import { type Address, parseAddress } from './address.ts';
import type { Batch } from './batch.ts';
import { codedError } from './errors.ts';
import type { TieHost } from './exit-signals.ts';
import type { Kernel } from './kernel.ts';
import { changeTie, checkTie, nameFlaw } from './tie-changes.ts';
import type { TieOp } from './ties.ts';
import { resolveVia } from './via.ts';

interface DeskEngine extends TieHost {
  atBoundary(run: (batch: Batch) => void, down?: () => void): void;
}

export class TieDesk {
  readonly #kernel: Kernel;
  readonly #engine: DeskEngine;

  constructor(kernel: Kernel, engine: DeskEngine) {
    this.#kernel = kernel;
    this.#engine = engine;
  }

  async link(one: Address, other: Address): Promise<void> {
    return this.#both('link', one, other);
  }

  async unlink(one: Address, other: Address): Promise<void> {
    return this.#both('unlink', one, other);
  }

  async join(group: string, member: Address): Promise<void> {
    return this.#change(member, 'join', group);
  }

  async leave(group: string, member: Address): Promise<void> {
    return this.#change(member, 'leave', group);
  }

  async register(name: string, holder: Address): Promise<void> {
    return this.#change(holder, 'register', name);
  }

  async unregister(name: string): Promise<void> {
    const holder = this.#kernel.ties.whereis(name);
    if (holder !== undefined) await this.#change(holder, 'unregister', name);
  }

  /** The durable one, if any, is asked: its commit tells when the link is there. */
  async #both(op: 'link' | 'unlink', one: Address, other: Address): Promise<void> {
    const lives = [one, other].map((address) => this.#lifeAt(address));
    return lives[0] === 'durable' ? this.#change(one, op, other) : this.#change(other, op, one);
  }

  #lifeAt(address: Address): 'durable' | 'volatile' {
    const life = this.#kernel.lifeAt(resolveVia(this.#kernel.ties, address));
    if (life === undefined) throw codedError('NoSuchActor', { address });
    return life;
  }

  #change(named: Address, op: TieOp, about: string): Promise<void> {
    checkTie(op, about);
    const durable = this.#lifeAt(named) === 'durable';
    const address = parseAddress(resolveVia(this.#kernel.ties, named));
    const holder = { address, durable, cell: this.#kernel.registry.get(address) };
    if (!durable) {
      changeTie(this.#engine, undefined, holder, op, about);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const run = (batch: Batch): void => {
        const flaw = op === 'register' ? nameFlaw(this.#engine, about, address, durable) : undefined;
        if (flaw !== undefined) {
          reject(flaw);
          return;
        }
        changeTie(this.#engine, batch, holder, op, about);
        batch.after.push(resolve);
      };
      this.#engine.atBoundary(run, () => reject(codedError('NodeStopped')));
    });
  }
}
