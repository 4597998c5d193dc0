// A short mark of each fact of a batch but the last, by which an altered one is told from its neighbours. It finds the fact and proves
// nothing: whoever wants can make another fact with the same mark. The hash of the batch is the proof, over the facts and their marks.
import { hash } from 'node:crypto';
import type { FactRow } from './journal.ts';

/** What tells marks from hashes of facts, which earlier versions wrote. */
const MARKED = '.';
/** Six bytes in base64url. */
const MARK_LENGTH = 8;
const MARK_BYTES = 6;
/** In base64url: 132 bits of a SHA-256. */
const HASH_LENGTH = 22;

/** Odd, with bits all over; as a whole number of 32 bits, which needs no conversion. */
const FIRST = 0x9e3779b1 | 0;
const SECOND = 0x7feb352d;
const MIX = 0x2c1b3c6d;

const number = new DataView(new ArrayBuffer(8));
let a = 0;
let b = 0;

/** Each turns one part into another for good, so that no single difference is lost. */
function take(part: number): void {
  a = Math.imul(a ^ part, FIRST);
  b = Math.imul((b ^ part) + FIRST, SECOND);
}

function takeNumber(value: number): void {
  number.setFloat64(0, value);
  take(number.getInt32(0));
  take(number.getInt32(4));
}

/** Code units of a text, so many from there on. */
function takeText(units: Uint16Array, from: number, length: number): void {
  let [x, y] = [a, b];
  for (let at = from; at < from + length; at += 1) {
    const part = units[at] as number;
    x = Math.imul(x ^ part, FIRST);
    x ^= x >>> 15;
    y = Math.imul((y ^ part) + FIRST, SECOND);
  }
  [a, b] = [x, y];
  take(length);
}

function mixed(value: number): number {
  const half = Math.imul(value ^ (value >>> 16), MIX);
  return half ^ (half >>> 15);
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/**
 * One text for a chain row; empty for a single fact. `pieces`: kind and body of each fact in turn, each behind one character. Their characters are read
 * from memory, since a text is asked for its shape at each.
 */
export function marksOf(facts: readonly FactRow[], pieces: readonly string[]): string {
  const count = facts.length - 1;
  if (count < 1) return '';
  let [piece, from] = [0, 0];
  let units = unitsOf(pieces[0]);
  const bytes = Buffer.allocUnsafe(count * MARK_BYTES);
  const view = viewOf(bytes);
  for (let index = 0; index < count; index += 1) {
    const { seq, at, kind, body } = facts[index] as FactRow;
    [a, b] = [FIRST, SECOND];
    takeNumber(seq);
    takeNumber(at);
    if (from === units.length) {
      piece += 1;
      units = unitsOf(pieces[piece]);
      from = 0;
    }
    takeText(units, from + 1, kind.length);
    takeText(units, from + kind.length + 2, body.length);
    from += kind.length + body.length + 2;
    view.setInt32(index * MARK_BYTES, mixed(a));
    view.setInt16(index * MARK_BYTES + 4, mixed(b));
  }
  return MARKED + bytes.toString('base64url');
}

function unitsOf(text = ''): Uint16Array {
  const bytes = Buffer.from(text, 'utf16le');
  return new Uint16Array(bytes.buffer, bytes.byteOffset, text.length);
}

/** As earlier versions wrote them: a hash of each, over `text` of it. */
export function formerMarksOf(facts: readonly FactRow[], text: (fact: FactRow) => string): string {
  let hashes = '';
  for (const fact of facts.slice(0, -1)) hashes += hash('sha256', `${fact.seq}\n${fact.at}${text(fact)}`, 'base64url').slice(0, HASH_LENGTH);
  return hashes;
}

/** Whether a row has hashes of its facts, as earlier versions wrote them. A single fact has neither those nor marks. */
export const hasHashes = (marks: string | null): boolean => marks !== null && marks !== '' && !marks.startsWith(MARKED) && marks.length % HASH_LENGTH === 0;

/** One by one. */
export function eachMark(marks: string | null): readonly string[] {
  const all = marks ?? '';
  const [from, length] = hasHashes(all) ? [0, HASH_LENGTH] : [MARKED.length, MARK_LENGTH];
  return Array.from({ length: Math.ceil(Math.max(0, all.length - from) / length) }, (_, index) => all.slice(from + index * length, from + (index + 1) * length));
}
