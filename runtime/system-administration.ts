// What is done to a running node from outside its actors: they are ended, their supervisors administered, their ties and names changed, and
// what happened beside them is put on record.
import type { Address } from './address.ts';
import type { AlertKind, AlertWish } from './alerts.ts';
import type { ChildSpec } from './child-spec.ts';
import type { Adoption, PresentedOutcome } from './effect.ts';
import { codedError } from './errors.ts';
import { type ExitReason, KILLED } from './exit-reason.ts';
import type { BlockReport } from './loop-sight.ts';
import type { NodeBuild } from './node-build.ts';
import type { ChildAnswer } from './supervisor-host.ts';
import { SystemSight } from './system-sight.ts';

export class SystemAdministration extends SystemSight {
  readonly #node: NodeBuild;

  constructor(node: NodeBuild) {
    super(node);
    this.#node = node;
  }

  /** Ends an actor at once, or with everything below a supervisor; its own supervisor then decides. */
  kill(address: Address, reason: 'brutal_kill' | 'crash' = 'brutal_kill'): Promise<void> {
    return this.exit(address, reason === 'brutal_kill' ? KILLED : { kind: 'crash', message: 'crashed on demand' });
  }

  /** As `kill`, with the reason that its supervisor is to judge by (OTP's exit/2). Rejects with `NoSuchActor`. */
  async exit(address: Address, reason: ExitReason): Promise<void> {
    // One that has left memory is alive: it comes back to end (K27).
    if (this.#node.kernel.registry.get(address) === undefined) await this.#node.engine.activations.wake(address);
    const cell = this.#node.kernel.registry.get(address);
    if (cell === undefined) throw codedError('NoSuchActor', { address });
    await this.#node.parts.hosts.killAsCrash(cell, reason);
  }

  startChild(supervisor: Address, child: ChildSpec | { template: string; id: string; input: unknown }): Promise<ChildAnswer> {
    return this.#node.parts.children.start(supervisor, child);
  }

  terminateChild(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#node.parts.children.terminate(supervisor, id);
  }

  restartChild(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#node.parts.children.restart(supervisor, id);
  }

  deleteChild(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#node.parts.children.delete(supervisor, id);
  }

  /** Ends a child by its address, for good when it is dynamic. */
  stopChild(address: Address): Promise<ChildAnswer> {
    return this.#node.parts.children.stop(address);
  }

  /** As if one of them had asked for it. Rejects with `NoSuchActor`. */
  link(one: Address, other: Address): Promise<void> {
    return this.#node.ties.link(one, other);
  }

  unlink(one: Address, other: Address): Promise<void> {
    return this.#node.ties.unlink(one, other);
  }

  joinGroup(group: string, member: Address): Promise<void> {
    return this.#node.ties.join(group, member);
  }

  leaveGroup(group: string, member: Address): Promise<void> {
    return this.#node.ties.leave(group, member);
  }

  /** A name has one holder: another is refused, `NameTaken`. Free again once the holder has ended for good. */
  registerName(name: string, holder: Address): Promise<void> {
    return this.#node.ties.register(name, holder);
  }

  unregisterName(name: string): Promise<void> {
    return this.#node.ties.unregister(name);
  }

  /**
   * Somebody who kept an effect up while no node ran says how it ended. Resolves once that is written, or with why it does not count;
   * `not_awaited` may be because its actor is not up yet: who has time asks again.
   */
  async adopt(presented: PresentedOutcome): Promise<Adoption> {
    const answer = this.#node.engine.effects.adopt(presented);
    if (answer.ok)
      await new Promise<void>((resolve, reject) =>
        this.#node.engine.atBoundary(
          (batch) => void batch.after.push(resolve),
          () => reject(codedError('NodeStopped')),
        ),
      );
    return answer;
  }

  /** The event loop was blocked: told, counted, and an alert. */
  reportBlocked(report: BlockReport): void {
    this.#node.loops.take(report);
  }

  /** For reasons that the kernel cannot see. One that is open stays the one it is. */
  raiseAlert(alert: AlertWish): void {
    this.#node.kernel.alerts.raise(alert);
  }

  clearAlert(kind: AlertKind, address?: Address): void {
    this.#node.kernel.alerts.clear(kind, address);
  }

  /** A fact without an actor, in one of the next batches. Returns at once; of a flood only a part is kept, and its count (K34). */
  record(kind: string, body: Readonly<Record<string, unknown>>): void {
    this.#node.records.record(kind, body);
  }
}
