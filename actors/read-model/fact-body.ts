// How facts are read into columns: a member of another kind than its column's is null or empty, never an error of the database.
import { maskSecrets } from '../../runtime/index.ts';

/** As much of a database as facts need. */
export interface FactDb {
  run(sql: string, ...params: ReadonlyArray<string | number | null>): unknown;
}

export interface Fact {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  /** Parsed, or still JSON text. */
  readonly body: unknown;
}

export type Body = Readonly<Record<string, unknown>>;
export type Apply = (db: FactDb, fact: Fact, body: Body) => void;

export const json = (value: unknown): string => JSON.stringify(maskSecrets(value ?? null));
export const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
export const word = (value: unknown): string => (typeof value === 'string' ? value : '');
export const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
/** Columns of whole milliseconds; clocks may give fractions. */
export const whole = (value: unknown): number => Math.trunc(number(value) ?? 0);
export const part = (value: unknown): Body => (typeof value === 'object' && value !== null ? (value as Body) : {});
