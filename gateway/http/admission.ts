// Who gets in at a door, looked at before anything else of a request: where it says it goes and comes from, whether the node can take more,
// and who asks.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { codedError, isCoded } from '../../runtime/index.ts';
import type { Caller } from '../operations/index.ts';
import type { Door } from '../ports.ts';
import type { Lasting } from './lasting.ts';
import type { Pressure } from './pressure.ts';
import { type NoteRefusal, refusedRequest } from './refusals.ts';
import type { RequestLimits } from './request-limits.ts';
import { authenticate, refuseForeign, type Trust } from './trust.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
  }
  interface FastifyContextConfig {
    /** Answers whoever asks. */
    open?: boolean;
    /** Answers also while the node has more to do than it can. */
    vital?: boolean;
  }
}

export interface Admission {
  readonly door: Door;
  readonly trust: Trust;
  readonly authenticated: boolean;
  readonly noteRefusal: NoteRefusal;
  /** Ends answers that last longer than the token that asked for them. */
  readonly lasting: Lasting | undefined;
  readonly pressure: Pick<Pressure, 'isHigh'> | undefined;
  readonly limits: RequestLimits | undefined;
  /** Nothing new is begun once it has aborted. */
  readonly stopping: AbortSignal;
}

/** What probes ask for: open, answered under pressure too, and however often others ask. */
export const PROBE = { open: true, vital: true, rateLimit: false } as const;

export const BUSY_S = 5;

export function admitCallers(app: FastifyInstance, { door, trust, authenticated, noteRefusal, lasting, pressure, limits, stopping }: Admission): void {
  const refuse = (request: FastifyRequest, error: unknown, done: (error: Error) => void): void => {
    const over = limits?.spend(limits.refusals(request.ip));
    if (isCoded(error)) noteRefusal(refusedRequest(door.name, request.raw, over ?? error));
    done(over ?? (error as Error));
  };
  const admit = (request: FastifyRequest, reply: FastifyReply, caller: Caller): void => {
    request.caller = caller;
    if (lasting === undefined || caller.token === undefined) return;
    reply.raw.once(
      'close',
      lasting.add(caller, () => reply.raw.destroy()),
    );
  };
  app.decorateRequest('caller');
  // Hooks that call on cost a request less than those that promise.
  app.addHook('onRequest', (request, reply, done) => {
    const foreign = refuseForeign(request.headers, trust, door.port);
    if (foreign !== undefined) return refuse(request, foreign, done);
    const { open, vital } = request.routeOptions.config;
    if (stopping.aborted && vital !== true) return done(codedError('NodeStopped'));
    if (pressure !== undefined && vital !== true && pressure.isHigh()) return done(codedError('NodeBusy', { seconds: BUSY_S }));
    if (!authenticated || open === true) return done();
    let caller: ReturnType<typeof authenticate>;
    try {
      caller = authenticate(request.headers, trust, door.name);
    } catch (error) {
      return refuse(request, error, done);
    }
    const goOn = (known: Caller): void => {
      admit(request, reply, known);
      done();
    };
    if (caller instanceof Promise) caller.then(goOn, (error) => refuse(request, error, done));
    else goOn(caller);
  });
}
