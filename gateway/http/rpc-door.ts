// Port 9999, plain JSON-RPC over HTTP: `POST /rpc`, batches included. Its WebSocket is in rpc-sockets.
import type { FastifyInstance } from 'fastify';
import type { Log } from '../log.ts';
import { callerOf, goneSignal, idempotencyKeyOf } from './api-door.ts';
import { dispatch, type NodeNow } from './dispatch.ts';
import { positionOf, stampPosition } from './position.ts';
import { answerRpc } from './rpc-call.ts';
import type { TurnAway } from './turn-away.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** `mayCall` counts each call of a batch after the first, which came as a request. */
export function addRpcRoute(app: FastifyInstance, nodeNow: NodeNow, log: Log, mayCall: TurnAway = () => undefined): void {
  app.removeContentTypeParser('application/json');
  // As text: what is no JSON is answered in JSON-RPC's own words.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  const onFault = (method: string, error: unknown): void => log.error({ err: error, method }, 'an operation failed');
  app.post('/rpc', (request, reply) => {
    const caller = callerOf(request);
    const signal = goneSignal(reply);
    const idempotencyKey = idempotencyKeyOf(request);
    const position = positionOf(request);
    let calls = 0;
    answerRpc(typeof request.body === 'string' ? request.body : '', {
      async serve(name, input) {
        calls += 1;
        const refusal = calls === 1 ? undefined : mayCall(caller, request.ip);
        if (refusal !== undefined) throw refusal;
        const result = await dispatch(nodeNow, { name, input, caller, signal, idempotencyKey, position });
        stampPosition(request, reply, nodeNow);
        return result;
      },
      single: idempotencyKey === undefined ? undefined : 'an Idempotency-Key names one call, not a batch',
      onFault,
    }).then(
      (answer) => void (answer === undefined ? reply.status(204).send() : reply.type(JSON_TYPE).send(answer)),
      (error: unknown) => void reply.send(error),
    );
  });
}
