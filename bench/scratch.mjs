// A folder on a real disk for as long as a measurement takes: durability on a RAM disk would measure nothing.
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TMPFS = 0x01021994;
const RAMFS = 0x858458f6;

function realDisk() {
  for (const dir of [process.env.TROUPE_BENCH_DIR, tmpdir(), '/var/tmp', process.cwd()]) {
    if (dir !== undefined && ![TMPFS, RAMFS].includes(statfsSync(dir).type)) return dir;
  }
  throw new Error('no folder on a real disk: name one in TROUPE_BENCH_DIR');
}

export async function withScratch(use) {
  const dir = mkdtempSync(join(realDisk(), 'troupe-bench-'));
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
