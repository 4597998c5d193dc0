// What the client of a drill knows by itself: what it gave, what was accepted. Held against the journal at the end.

export interface GivenMessage {
  readonly id: string;
  readonly agent: string;
}

export interface GivenPlan {
  readonly plan: string;
  /** `<plan key>.<task>`, as its steps write themselves into the ledger. */
  readonly tasks: ReadonlyArray<{ readonly task: string; readonly mark: string; readonly idempotent: boolean }>;
}

export class ClientLedger {
  /** Accepted, in the order in which each sender gave them. */
  readonly messages: GivenMessage[] = [];
  readonly plans: GivenPlan[] = [];
  /** Plans of which one step waits for an approval that nobody gives. */
  readonly timers: string[] = [];
  /** Why calls were refused, and how often; each was made again under its key. */
  readonly refusals = new Map<string, number>();
  /** Monotonic, ms. */
  lastAnswerAt = 0;

  refused(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}
