// Loaded into a node before its program (NODE_OPTIONS=--import …): writes down each change of files, refs and processes that a deployment makes, and ends
// the node by SIGKILL right before or after the one that a test arms. TROUPE_TEST_CHANGES names the list; what is armed stands in a file beside
// it, `<list>.armed`, as `before|after <change>`, and counts once.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const list = process.env.TROUPE_TEST_CHANGES;
const { appendFileSync, readFileSync, unlinkSync } = fs;

/** `rename versions/1.0.0`, `rename staging/current to 1.0.0`: the operation, the last two parts of where it acts, and where a link leads to. */
const named = (operation, path) => `${operation} ${String(path).split('/').slice(-2).join('/')}`;
const leads = (path) => (fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? ` to ${fs.readlinkSync(path).split('/').at(-1)}` : '');

function armed() {
  try {
    return readFileSync(`${list}.armed`, 'utf8').trim();
  } catch {
    return '';
  }
}

function dieWhenArmed(moment) {
  if (armed() !== moment) return;
  unlinkSync(`${list}.armed`);
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

function done(change) {
  appendFileSync(list, `${change}\n`);
  dieWhenArmed(`after ${change}`);
}

/** `where`: which argument says where it acts. */
function watch(owner, operation, where) {
  const original = owner[operation];
  owner[operation] = (...args) => {
    const change = named(operation.replace('Sync', ''), args[where]) + (where === 1 ? leads(args[0]) : '');
    dieWhenArmed(`before ${change}`);
    const answer = original(...args);
    if (typeof answer?.then !== 'function') {
      done(change);
      return answer;
    }
    return answer.then((value) => {
      done(change);
      return value;
    });
  };
}

/** What is told to git as `update-ref <ref>`. */
function watchRefs() {
  const original = childProcess.execFile;
  childProcess.execFile = (program, args, options, callback) => {
    const at = Array.isArray(args) ? args.indexOf('update-ref') : -1;
    if (program !== 'git' || at === -1) return original(program, args, options, callback);
    const change = named(
      'update-ref',
      args.slice(at + 1).find((arg) => arg.startsWith('refs/')),
    );
    dieWhenArmed(`before ${change}`);
    return original(program, args, options, (error, ...output) => {
      if (error === null) done(change);
      callback(error, ...output);
    });
  };
}

const RUN = /(?:^|\0)TMPDIR=[^\0]*\/processes\/([^/\0]+\/[^/\0]+)\/own(?:\0|$)/;

/** A program of a target, as `spawn <target>/<run>`. */
function watchStarts() {
  const original = childProcess.spawn;
  childProcess.spawn = (program, args, options) => {
    const run = RUN.exec(`TMPDIR=${options?.env?.TMPDIR}`)?.[1];
    if (run === undefined) return original(program, args, options);
    dieWhenArmed(`before spawn ${run}`);
    const child = original(program, args, options);
    done(`spawn ${run}`);
    return child;
  };
}

/** What is told to end, as `end <target>/<run>`. */
function watchEnds() {
  const original = process.kill;
  process.kill = (pid, signal) => {
    const run = signal === 0 || pid === process.pid ? undefined : RUN.exec(environmentOf(pid))?.[1];
    if (run === undefined) return original.call(process, pid, signal);
    dieWhenArmed(`before end ${run}`);
    const answer = original.call(process, pid, signal);
    done(`end ${run}`);
    return answer;
  };
}

function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

if (list !== undefined) {
  watch(fs.promises, 'rename', 1);
  watch(fs.promises, 'rm', 0);
  watch(fs, 'renameSync', 1);
  watchRefs();
  watchStarts();
  watchEnds();
  syncBuiltinESMExports();
}
