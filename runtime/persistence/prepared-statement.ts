// What is used of a statement; the driver's own type cannot be named in declarations.
export interface Prepared {
  run(...values: readonly unknown[]): { readonly changes: number };
  get(...values: readonly unknown[]): unknown;
  all(...values: readonly unknown[]): unknown[];
  iterate(...values: readonly unknown[]): IterableIterator<unknown>;
  pluck(toggle?: boolean): Prepared;
  raw(toggle?: boolean): Prepared;
}
