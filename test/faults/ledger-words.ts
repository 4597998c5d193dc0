// Words that the program under faults and the tests share.

export const ACCOUNTS: readonly string[] = Array.from({ length: 8 }, (_, index) => `account${index}`);

/** Between an order and its bell: timers are always on their way when the program is killed. */
export const BELL_MS = 15;

/** Begins the ids of orders that no step survives. */
export const POISON = 'poison';

export interface Order {
  readonly id: string;
  readonly account: string;
  /** Grows by one with each order of an account. */
  readonly n: number;
}
