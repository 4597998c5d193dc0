// What is seen of a process: its end cuts off whoever looks or waits at that moment, and nobody who did before.
import { expect, it } from 'vitest';
import { ProcessWatch } from '../../../actors/process/process-watch.ts';
import type { StartedProcess } from '../../../actors/process/started-process.ts';
import { identifyProcess, type ProcessIdentity } from '../../../actors/session/process-identity.ts';
import { SimulatedClock } from '../../../runtime/index.ts';

const ALIVE = identifyProcess(process.pid) as ProcessIdentity;
const NEVER = new AbortController().signal;

function watched(identity = ALIVE) {
  const told: Array<(how: string) => void> = [];
  const started: StartedProcess = { identity, onEnd: (tell) => void told.push(tell), forget: () => undefined };
  const looks: AbortSignal[] = [];
  let look = async (_signal: AbortSignal): Promise<string | undefined> => undefined;
  const clock = new SimulatedClock();
  const watch = new ProcessWatch({
    clock,
    started,
    look: (signal) => {
      looks.push(signal);
      return look(signal);
    },
    logFile: '/nowhere/target.log',
    logFrom: 0,
  });
  return {
    clock,
    watch,
    told,
    looks,
    end: (how: string) => void told.forEach((tell) => void tell(how)),
    looksBy: (how: typeof look): void => {
      look = how;
    },
  };
}

it('looks that are over are told of no end, however many there were, and the process is listened to once', async () => {
  const { watch, told, looks, end } = watched();
  for (let turn = 0; turn < 50; turn += 1) expect(await watch.trouble(NEVER)).toBeUndefined();
  end('ended with 1');
  expect([told.length, looks.length, looks.filter(({ aborted }) => aborted).length]).toEqual([1, 50, 0]);
});

it('a look is cut off by the end of the process, and says how that ended', async () => {
  const { watch, end, looksBy } = watched();
  looksBy((signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))));
  const looking = watch.trouble(NEVER);
  end('ended with 1');
  expect([await looking, watch.hasEnded]).toEqual(['ended with 1', true]);
});

it('a pause ends with the process, and leaves no timer', async () => {
  const { clock, watch, end } = watched();
  const paused = watch.pause(10_000);
  end('was ended by SIGKILL');
  await paused;
  await watch.pause(10_000);
  expect(clock.pending).toBe(0);
});

it('what answers where a process has gone is not taken for it', async () => {
  const { watch, end } = watched({ ...ALIVE, startTime: ALIVE.startTime + 1 });
  const looking = watch.trouble(NEVER);
  end('ended');
  expect(await looking).toBe('ended');
});
