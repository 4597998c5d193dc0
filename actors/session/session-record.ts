// What the disk knows of a session that may outlive its node: where its terminal is, its folders, and what its host shows to the next
// node (as a hash). Written once the terminal runs, removed when the session ends.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning } from './process-identity.ts';

const Trace = z.object({ pid: z.int().positive(), startTime: z.int().positive(), ids: z.array(z.string()).readonly(), server: z.int().positive() });
const Place = z.object({ agent: z.string().min(1), id: z.uuid(), ticketFile: z.string(), temporary: z.string().startsWith('/'), logFile: z.string() });
const Record = z.object({ place: Place, nonce: z.string().min(1), proof: z.string().regex(/^[0-9a-f]{64}$/), trace: Trace });

export type SessionRecord = z.infer<typeof Record>;

const fileOf = (dir: string, agent: string): string => join(dir, `${agent}.json`);

/** A disk that takes no writes costs the session only its life beyond its node. */
export function writeRecord(dir: string, record: SessionRecord): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(fileOf(dir, record.place.agent), `${JSON.stringify(record)}\n`, { mode: 0o600 });
  } catch {
    removeRecord(dir, record.place.agent);
  }
}

export function removeRecord(dir: string, agent: string): void {
  rmSync(fileOf(dir, agent), { force: true });
}

/** Sessions of an earlier node whose process still runs. Records of others are removed. */
export function livingRecords(dir: string): readonly SessionRecord[] {
  return namesIn(dir).flatMap((name) => {
    const record = readRecord(join(dir, name));
    if (record !== undefined && isRunning(record.trace)) return [record];
    rmSync(join(dir, name), { force: true });
    return [];
  });
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function readRecord(file: string): SessionRecord | undefined {
  try {
    return Record.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
