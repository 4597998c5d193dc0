// One more call of somebody who was let in before: over a socket, in a batch. Whether the node takes it.
import { codedError, type TroupeError } from '../../runtime/index.ts';
import type { Caller } from '../operations/index.ts';
import { BUSY_S } from './admission.ts';
import type { Pressure } from './pressure.ts';
import type { NoteRefusal } from './refusals.ts';
import type { RequestLimits } from './request-limits.ts';

/** Counts the call. Undefined: it is taken. */
export type TurnAway = (caller: Caller, remote: string) => TroupeError | undefined;

export interface TurnAwayOptions {
  readonly pressure: Pick<Pressure, 'isHigh'> | undefined;
  readonly limits: RequestLimits | undefined;
  readonly noteRefusal: NoteRefusal;
}

export function turnAway({ pressure, limits, noteRefusal }: TurnAwayOptions): TurnAway {
  return (caller, remote) => {
    if (pressure?.isHigh() === true) return codedError('NodeBusy', { seconds: BUSY_S });
    const error = limits?.spend(limits.allowance(caller, remote));
    if (error !== undefined) noteRefusal({ door: 'rpc', code: error.code, why: error.message, remote, caller: caller.name });
    return error;
  };
}
