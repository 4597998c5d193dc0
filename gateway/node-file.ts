// `node.json`: where a running node can be reached, and which process it is. Written when it is ready, removed at its orderly end.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { identifyProcess, isRunning } from '../actors/session/index.ts';
import { readIdentity } from './data-dir.ts';
import { readJson, writePrivate } from './private-file.ts';

const NodeFile = z.object({
  pid: z.int().positive(),
  /** Clock ticks since boot: a pid alone may be somebody else's by now. */
  startTime: z.number(),
  startedAt: z.number(),
  instance: z.string(),
  version: z.string(),
  host: z.string(),
  portOffset: z.int(),
  ports: z.record(z.string(), z.int()),
  urls: z.object({ health: z.string(), api: z.string(), rpc: z.string(), auth: z.string().optional() }),
  /** Of the authority that vouches for its certificate, where clients have to be told; nothing of the certificate itself. */
  caFile: z.string().nullable().default(null),
  /** Files of what clients on this machine show it; null: nothing. */
  shown: z.object({ certFile: z.string(), keyFile: z.string() }).nullable().default(null),
});
export type NodeFile = Readonly<z.infer<typeof NodeFile>>;

const fileOf = (dir: string): string => join(dir, 'node.json');

export function writeNodeFile(dir: string, node: Omit<z.input<typeof NodeFile>, 'pid' | 'startTime'>): void {
  const { pid, startTime } = identifyProcess(process.pid) ?? { pid: process.pid, startTime: 0 };
  writePrivate(fileOf(dir), `${JSON.stringify({ pid, startTime, ...node }, null, 2)}\n`);
}

export function removeNodeFile(dir: string): void {
  rmSync(fileOf(dir), { force: true });
}

/** What the last node said of itself, whether it still runs or not. In a copy of a data directory it speaks of another node. */
export function readNodeFile(dir: string): (NodeFile & { readonly running: boolean }) | undefined {
  const parsed = NodeFile.safeParse(readJson(fileOf(dir)));
  if (!parsed.success || readIdentity(dir)?.instance !== parsed.data.instance) return undefined;
  return { ...parsed.data, running: isRunning(parsed.data) };
}
