// The frames of a write-ahead log, as SQLite's file format has them (sqlite.org/fileformat2.html#walformat).
import { readFileSync } from 'node:fs';

export interface WalFrame {
  readonly at: number;
  /** With its header. */
  readonly size: number;
}

const LOG_HEADER = 32;
const FRAME_HEADER = 24;
const SALTS = 8;

/** Those of the log's present turn, up to the last that ends a transaction. */
export function walFrames(file: string): readonly WalFrame[] {
  const log = readFileSync(file);
  const size = FRAME_HEADER + log.readUInt32BE(8);
  const frames: WalFrame[] = [];
  let committed = 0;
  for (let at = LOG_HEADER; at + size <= log.length; at += size) {
    if (log.compare(log, 16, 16 + SALTS, at + 8, at + 8 + SALTS) !== 0) break;
    frames.push({ at, size });
    // The size of the database after the commit; 0 in all frames but the last of a transaction.
    if (log.readUInt32BE(at + 4) !== 0) committed = frames.length;
  }
  return frames.slice(0, committed);
}
