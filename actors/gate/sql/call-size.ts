// What calls that make rows or text at will come to, as far as a query tells: `generate_series(1, 10)` makes ten rows, `lpad(a, 5)` five letters.

/** A number as it is written: of things, or in milliseconds. */
export interface Amount {
  readonly of: 'count' | 'time' | 'span';
  readonly n: number;
}
/** Undefined: only the server will know. */
type Amounts = readonly (Amount | undefined)[];

const DAY_MS = 86_400_000;
const SPANS_MS: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 30 * DAY_MS,
  mon: 30 * DAY_MS,
  year: 365 * DAY_MS,
};
const SPAN = /^(-?\d{1,9}) ?(second|minute|hour|day|week|month|mon|year)s?$/i;
const DATE = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?$/;
const COUNT = /^-?\d+(\.\d+)?(e\d+)?$/i;
/** Stands for the clock: a size is told from how far ends are from each other, and changes little with the years. */
export const CLOCK: Amount = { of: 'time', n: Date.UTC(2026, 0) };

export function amountOf(text: string): Amount | undefined {
  if (COUNT.test(text)) return { of: 'count', n: Number(text) };
  if (DATE.test(text)) return { of: 'time', n: Date.parse(`${text.replace(' ', 'T')}${text.length > 10 ? 'Z' : ''}`) };
  const [, count, unit] = SPAN.exec(text) ?? [];
  return unit === undefined ? undefined : { of: 'span', n: Number(count) * (SPANS_MS[unit.toLowerCase()] ?? 0) };
}

/** Counts with counts, and times with spans: what else may be added depends on types that are not written. */
export function added(a: Amount | undefined, b: Amount | undefined, sign: 1 | -1): Amount | undefined {
  if (a === undefined || b === undefined) return undefined;
  const fits = (a.of === 'count' && b.of === 'count') || (a.of === 'time' && b.of === 'span');
  return fits ? { of: a.of, n: a.n + sign * b.n } : undefined;
}

function rowsOf([from, to, step]: Amounts, given: number): number | undefined {
  const each = given < 3 ? ({ of: 'count', n: 1 } as const) : step;
  if (from === undefined || to === undefined || each === undefined || from.of !== to.of) return undefined;
  const fits = (from.of === 'count' && each.of === 'count') || (from.of === 'time' && each.of === 'span');
  return fits ? Math.abs(to.n - from.n) / Math.abs(each.n) + 1 : undefined;
}

const counted = (amount: Amount | undefined): number | undefined => (amount?.of === 'count' ? Math.max(amount.n, 1) : undefined);
const second = ([, size]: Amounts): number | undefined => counted(size);
const first = ([size]: Amounts): number | undefined => counted(size);

/** Of texts of ten letters. */
const letters = (times: number | undefined): number | undefined => (times === undefined ? undefined : 10 * times);

const SIZES: Readonly<Record<string, (given: Amounts, count: number) => number | undefined>> = {
  generate_series: rowsOf,
  repeat: (given) => letters(second(given)),
  lpad: second,
  rpad: second,
  zeroblob: first,
  randomblob: first,
};
/** Each row with each, and each text within another, at the worst. */
const MULTIPLIES = /^(generate_series|repeat)$/;
const LARGEST = 100_000;

/** `%1000000d`, `%.*c`: a text that is as wide as it is told to be. */
export const isWideFormat = (format: string): boolean => /%[^%a-z]*(\d{5,}|\*)/i.test(format);

/** A function that makes as much as it is asked for; `size` as far as it is known. */
export interface SizedCall {
  readonly name: string;
  readonly size: number | undefined;
}

export const isSized = (name: string): boolean => Object.hasOwn(SIZES, name);

export const sizedCall = (name: string, given: Amounts): SizedCall => ({ name, size: SIZES[name]?.(given, given.length) });

/** Whether all of them together take no time to speak of. */
export function areSmall(calls: readonly SizedCall[]): boolean {
  let product = 1;
  for (const { name, size } of calls) {
    if (size === undefined || !(size <= LARGEST)) return false;
    if (MULTIPLIES.test(name)) product *= size;
  }
  return product <= LARGEST;
}
