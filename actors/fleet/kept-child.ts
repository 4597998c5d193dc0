// A volatile child that must be there whatever ends it: its supervisor forgets it with a kill, and every child with its own end. Who is
// killed comes back; who gives up or is stopped does not.
import { type ChildAnswer, describeExit, type ExitReason, MAX_INTENSITY, type System } from '../../runtime/index.ts';

const AGAIN_MS = 500;

export interface KeptChild {
  readonly supervisor: string;
  readonly template: string;
  readonly id: string;
  readonly input: unknown;
  /** Asked before each new start. */
  isWanted(): boolean;
  /** It was killed, or went with its supervisor; it is started again. */
  lost(why: string): void;
  /** It restarts no more. */
  gaveUp(): void;
  /** In order. */
  stopped?(): void;
}

export type KeepingSystem = Pick<System, 'startChild' | 'monitor' | 'inspect' | 'clock'>;

const isOrderly = ({ kind }: ExitReason): boolean => kind === 'normal' || kind === 'shutdown';

/** Starts it, and again whenever it was killed, for as long as it is wanted and its node runs. */
export async function keepChild(system: KeepingSystem, child: KeptChild): Promise<ChildAnswer> {
  const { supervisor, template, id, input } = child;
  const answer = await system.startChild(supervisor, { template, id, input });
  if (answer.ok) watch(system, child);
  return answer;
}

function watch(system: KeepingSystem, child: KeptChild): void {
  system.monitor(`${child.supervisor}/${child.id}`, ({ reason }) => {
    if (describeExit(reason) === describeExit(MAX_INTENSITY)) child.gaveUp();
    else if (isOrderly(reason)) child.stopped?.();
    else {
      child.lost(`it was ended from outside (${describeExit(reason)})`);
      startAgain(system, child);
    }
  });
}

/** Its supervisor may be on its way down too: then it is tried until that is there again. */
function startAgain(system: KeepingSystem, child: KeptChild): void {
  system.clock.after(AGAIN_MS, () => {
    if (system.inspect('') === undefined || !child.isWanted()) return;
    keepChild(system, child).then(
      (answer) => {
        if (!answer.ok && answer.reason === 'not_found') startAgain(system, child);
      },
      () => startAgain(system, child),
    );
  });
}
