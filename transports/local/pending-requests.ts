// Requests that wait for their first answer. Each ends once: answered, timed out, or rejected with the transport's end.
import { type Clock, codedError } from '../../runtime/index.ts';
import type { Subject } from '../../runtime/subject.ts';
import type { Delivery } from '../../runtime/transport.ts';

interface Pending {
  readonly resolve: (delivery: Delivery) => void;
  readonly reject: (error: Error) => void;
  readonly cancel: () => void;
}

export class PendingRequests {
  readonly #clock: Clock;
  readonly #pending = new Set<Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(subject: Subject, timeoutMs: number): { readonly answer: Promise<Delivery>; readonly settle: (delivery: Delivery) => void } {
    let settle = (_delivery: Delivery): void => undefined;
    const answer = new Promise<Delivery>((resolve, reject) => {
      const late = (): void => this.#end(pending, () => reject(codedError('CallTimeout', { method: subject, timeoutMs })));
      const pending: Pending = { resolve, reject, cancel: this.#clock.after(timeoutMs, late) };
      this.#pending.add(pending);
      settle = (delivery) => this.#end(pending, () => resolve(delivery));
    });
    return { answer, settle };
  }

  #end(pending: Pending, tell: () => void): void {
    if (!this.#pending.delete(pending)) return;
    pending.cancel();
    tell();
  }

  rejectAll(error: Error): void {
    for (const pending of [...this.#pending]) this.#end(pending, () => pending.reject(error));
  }
}
