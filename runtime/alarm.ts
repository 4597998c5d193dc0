// Timers of actors that are not in memory: the journal says which are due first, and whoever has one that is due is started (K20, K27).
// However many there are, a page of them is read at a time, and one page of actors is started at a time.
import type { Address } from './address.ts';
import type { DurableEngine } from './durable-engine.ts';
import type { TimerPlace } from './journal.ts';

const PAGE = 256;
/** How long a page of starts may hold up the next one. */
const SLOW_MS = 1_000;
const RETRY_MS = 1_000;
/** A wall clock that loses more than this against the monotonic one was set back. */
const SET_BACK_MS = 1_000;

export class Alarm {
  readonly #engine: DurableEngine;
  #armed: { readonly at: number; readonly cancel: () => void } | undefined;
  #scanning = false;
  #again = false;
  /** Not before the tree is up: until then nobody could take a timer. */
  #open = false;
  #offset = Number.NEGATIVE_INFINITY;

  constructor(engine: DurableEngine) {
    this.#engine = engine;
  }

  /** Somebody who has left memory has a timer. */
  expect(dueAt: number): void {
    const { clock } = this.#engine.kernel;
    const waitMs = Math.max(0, dueAt - clock.now());
    const at = clock.monotonic() + waitMs;
    if (!this.#open || (this.#armed !== undefined && this.#armed.at <= at)) return;
    this.#armed?.cancel();
    const due = (): void => {
      this.#armed = undefined;
      this.scan();
    };
    this.#armed = { at, cancel: clock.after(waitMs, due) };
  }

  /** The tree is up. `setBack`: the wall clock was, while nobody ran. */
  begin(setBack: boolean): void {
    if (setBack) this.#offset = Number.POSITIVE_INFINITY;
    this.#open = true;
    this.scan();
  }

  /** Starts whoever has a timer that is due, and waits for the next one. */
  scan(): void {
    if (!this.#open) return;
    if (this.#scanning) {
      this.#again = true;
      return;
    }
    this.#scanning = true;
    void this.#scan()
      .catch(() => void this.#engine.kernel.clock.after(RETRY_MS, () => this.scan()))
      .finally(() => {
        this.#scanning = false;
        const { kernel } = this.#engine;
        if (this.#again) kernel.turns.next(() => this.scan());
        this.#again = false;
      });
  }

  close(): void {
    this.#open = false;
    this.#armed?.cancel();
  }

  async #scan(): Promise<void> {
    const { journal, places } = this.#engine;
    const everyone = this.#wasSetBack();
    let after: TimerPlace | null = null;
    for (;;) {
      const page: readonly TimerPlace[] = await journal.timers({ after, limit: PAGE });
      const absent = page.filter(({ address }) => !places.cells.has(address));
      const later = absent.find((timer) => !this.#isDue(timer));
      if (later !== undefined) this.expect(later.dueAt);
      await this.#start(new Set(absent.filter((timer) => this.#isDue(timer)).map(({ address }) => address)));
      after = page[page.length - 1] ?? null;
      if (page.length < PAGE || (later !== undefined && !everyone) || !this.#open) return;
    }
  }

  /** Also when it was set in what is the future now: by the wall it would wait longer than its delay (K20). */
  #isDue({ dueAt, delayMs }: TimerPlace): boolean {
    const waitMs = dueAt - this.#engine.kernel.clock.now();
    return waitMs <= 0 || waitMs > delayMs;
  }

  async #start(due: ReadonlySet<Address>): Promise<void> {
    if (due.size === 0) return;
    const { activations, kernel } = this.#engine;
    let cancel = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      cancel = kernel.clock.after(SLOW_MS, resolve);
    });
    await Promise.race([Promise.all([...due].map((address) => activations.wake(address))), slow]);
    cancel();
    // What was started takes its timer, and may leave again, before the next page comes.
    await this.#engine.taken();
  }

  #wasSetBack(): boolean {
    const { clock } = this.#engine.kernel;
    const offset = clock.now() - clock.monotonic();
    const setBack = offset < this.#offset - SET_BACK_MS && this.#offset !== Number.NEGATIVE_INFINITY;
    this.#offset = offset;
    return setBack;
  }
}
