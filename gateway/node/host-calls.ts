// What agent hosts ask of their node, brought to the actors. A host reaches its own task and agents' inboxes, nothing else.
import { routeMail } from '../../actors/agent/agent-mail.ts';
import { submitRequest } from '../../actors/request/request.ts';
import type { HostDirectoryOptions } from '../../actors/session/index.ts';
import { codedError, type System } from '../../runtime/index.ts';
import type { Log } from '../log.ts';

type HostCalls = Pick<HostDirectoryOptions, 'onHello' | 'onSubmit' | 'onMessage' | 'onTyped' | 'onFault' | 'onRefused'>;

/** `systemNow` is asked at each call: hosts can only call once the system runs. */
export function hostCalls(systemNow: () => System, log: Log): HostCalls {
  return {
    onHello: ({ agent, epoch, pid }) => log.info({ agent, epoch, pid }, 'a host said hello'),
    onSubmit: (agent, submission) => submitRequest(systemNow(), agent, submission),
    async onMessage(agent, { id, to, type, payload }) {
      const route = routeMail(agent, { id, to, kind: type, payload });
      if (!route.ok) throw codedError('InvalidInput', { problem: `'${to}' is no agent` });
      if ('group' in route) await systemNow().broadcast(route.group, route.message, { id });
      else await systemNow().ref(route.address).tell(route.message, { id });
    },
    onTyped: (agent, text) => log.info({ agent, typed: text.slice(0, 200) }, 'a person typed into a terminal; no driver here reads it'),
    onRefused: (remote, why) => systemNow().record('access.refused', { door: 'rpc', code: 'HostRefused', why, remote }),
    onFault: (method, error) => log.error({ err: error, method }, 'a call of a host failed'),
  };
}
