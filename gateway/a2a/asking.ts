// Who asks, as it travels through the SDK, and what HTTP has to say to them: a token that does not reach is answered by the door, not in JSON-RPC.
import type { ServerCallContext } from '@a2a-js/sdk/server';
import type { TroupeError } from '../../runtime/index.ts';
import type { Caller } from '../operations/index.ts';

export interface Asking {
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

export const ASKING = 'troupe.asking';

const refusals = new WeakMap<Asking, TroupeError>();

export function askingOf(context: ServerCallContext): Asking {
  return context.state.get(ASKING) as Asking;
}

export function refuse(asking: Asking, error: TroupeError): void {
  refusals.set(asking, error);
}

export function refusalIn(asking: Asking): TroupeError | undefined {
  return refusals.get(asking);
}
