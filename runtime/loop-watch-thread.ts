// Watches the event loop of the main thread from a thread of its own, which runs when the other does not. It looks by stopping the main
// thread for a moment as a debugger does, so that watching costs the steps nothing.
import { writeFileSync, writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from './clock.ts';
import { type BlockReport, describeBlock, LoopSight, STEP_NOTE, type ThreadData } from './loop-sight.ts';

/** The main thread takes a session's first message only some time after it was connected. */
const CONNECT_MS = 50;
const FRAMES = 6;
const STDERR = 2;

interface Frame {
  readonly functionName: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number };
}

function look(seen: (step: BlockReport['step'], where: readonly string[]) => void): void {
  const session = new Session();
  session.connectToMainThread();
  const files = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }) => void files.set(params.scriptId, params.url.replace('file://', '')));
  session.on('Debugger.paused', ({ params }) => {
    const frames = params.callFrames as readonly Frame[];
    const where = frames.slice(0, FRAMES).map(({ functionName, location: { scriptId, lineNumber } }) => {
      const name = functionName === '' ? '(anonymous)' : functionName;
      return `${name} (${files.get(scriptId) ?? '?'}:${lineNumber + 1})`;
    });
    const expression = `JSON.stringify(globalThis[Symbol.for('${STEP_NOTE}')]?.() ?? null)`;
    // Not in the innermost frame: if that is in Node's own code, names like `Symbol` mean nothing there.
    session.post('Runtime.evaluate', { expression, returnByValue: true }, (_error, answer) => {
      const text = (answer as { result?: { value?: string } } | undefined)?.result?.value;
      seen(text === undefined ? null : (JSON.parse(text) as BlockReport['step']), where);
      session.post('Debugger.resume');
      session.post('Debugger.disable', () => session.disconnect());
    });
  });
  systemClock.after(CONNECT_MS, () => {
    session.post('Debugger.enable');
    session.post('Debugger.pause');
  });
}

function announce(file: string | null, report: BlockReport): void {
  // Past the main thread, which passes on nothing while it is blocked.
  writeSync(STDERR, `troupe: the event loop is blocked for ${report.ms / 1_000} s by ${describeBlock(report)}\n`);
  if (file !== null) writeFileSync(file, `${JSON.stringify({ pid: process.pid, at: systemClock.now(), ...report })}\n`, { mode: 0o600 });
}

const { beats, limits, file } = workerData as ThreadData;
const beating = new Int32Array(beats);
const sight: LoopSight = new LoopSight(
  {
    beats: () => Atomics.load(beating, 0),
    look: () => look((step, where) => sight.seen(step, where)),
    over: (report) => parentPort?.postMessage(report),
    announce: (report) => announce(file, report),
    end: (report) => {
      writeSync(STDERR, `troupe: ended for it: the next start finds the message, see \`troupe dead-letters\` then\n`);
      announce(file, report);
      process.kill(process.pid, 'SIGKILL');
    },
  },
  limits,
);
const tick = (): void => {
  sight.tick();
  systemClock.after(limits.everyMs, tick);
};
tick();
