// Finds what a test run left behind. A process is of the run when it began after it and has the run's token or scratch folder in its
// environment, or works in that folder, which is also where temporary files and tmux sockets of the run go.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Kept from the tests: they start from what a fresh machine has. */
const PRIVATE = /^(TROUPE_(?!TEST_)|NATS_URL|REDIS_URL|DATABASE_URL|ANTHROPIC_|OPENAI_|PORT$|TMUX)/;

/** The scratch folder's name is short: it is part of socket paths, and those end at 108 bytes. */
export function openRun() {
  const scratch = mkdtempSync(join(tmpdir(), 'troupe-run-'));
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !PRIVATE.test(name)));
  const token = scratch.slice(scratch.lastIndexOf('-') + 1);
  return {
    scratch,
    began: beginning(process.pid),
    marks: [`TROUPE_TEST_RUN=${token}`, scratch],
    env: { ...kept, TROUPE_TEST_RUN: token, TMPDIR: scratch, TMUX_TMPDIR: scratch },
    close: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

/** What is still there after `graceMs` is killed and returned. */
export async function endLeftovers(run, graceMs = 2_000) {
  let left = marked(run);
  for (let waited = 0; left.length > 0 && waited < graceMs; waited += 100) {
    await sleep(100);
    left = marked(run);
  }
  for (const { pid } of left) ignoringGone(() => process.kill(pid, 'SIGKILL'));
  return left;
}

function marked({ marks, began }) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.filter((pid) => beginning(pid) >= began && isMarked(pid, marks)).map((pid) => ({ pid: Number(pid), command: commandOf(pid) }));
}

function isMarked(pid, marks) {
  const traces = [ignoringGone(() => readFileSync(`/proc/${pid}/environ`, 'latin1')), ignoringGone(() => readlinkSync(`/proc/${pid}/cwd`))];
  return traces.some((trace) => marks.some((mark) => trace?.includes(mark)));
}

function commandOf(pid) {
  return (ignoringGone(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1')) ?? '').replaceAll('\0', ' ').trim();
}

/** Clock ticks since the machine began; -1 of one that is gone or only a zombie. A person's shell that merely stands in the folder is older than the run. */
function beginning(pid) {
  const stat = ignoringGone(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? ') Z';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? -1 : Number(fields[19]);
}

/** A process can end between two looks at it, and some are not ours to read. */
function ignoringGone(look) {
  try {
    return look();
  } catch {
    return undefined;
  }
}
