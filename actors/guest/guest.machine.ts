// The statechart of a guest: an agent whose thinking runs in somebody else's program and whose calls are its only signs of life. It holds one
// task at a time; when nothing is heard of it for its lease, or it leaves, that task goes to somebody else.
import { assign, enqueueActions, raise, setup } from 'xstate';
import { fact, reply, tell } from '../../runtime/index.ts';
import { markDelivered, receive } from '../agent/agent-inbox.ts';
import { isSameTask } from '../agent/agent-queue.ts';
import type { Services } from '../fleet/services.ts';
import type { GuestMessage } from './guest.messages.ts';
import { type GuestContext, type GuestInput, isFree, newGuest } from './guest-context.ts';
import { guestReport } from './guest-report.ts';

/** One that has left is remembered for so long: its name stays its owner's, its inbox is kept. */
const REMEMBERED_MS = 24 * 3_600_000;

const taskAt = ({ planId, taskId }: { planId: string; taskId: string }): string => `tasks/${planId}.${taskId}`;

export function guestMachine({ clock }: Pick<Services, 'clock'>) {
  const now = (): number => clock.now();

  return setup({
    types: { context: {} as GuestContext, events: {} as GuestMessage, input: {} as GuestInput },
    delays: { lease: ({ context }) => context.leaseMs, remembered: REMEMBERED_MS },
    actions: {
      changed: fact('agent.changed', ({ context }) => ({ ...guestReport(context) })),
      /** Before what it held is given back, so that it is not given to it again. */
      sayAvailable: tell('router', ({ context }) => {
        const { name, capabilities } = context.agent;
        return { type: isFree(context) ? 'AVAILABLE' : 'UNAVAILABLE', agent: name, capabilities, takes: 'words' };
      }),
      join: assign(({ context, event }) => {
        if (event.type !== 'JOIN') return {};
        const { title, capabilities, leaseMs } = event;
        return { agent: { ...context.agent, title, capabilities }, leaseMs, membership: context.membership + 1, presence: 'present' as const };
      }),
      answerJoin: reply(({ context }: { context: GuestContext }) => ({ ok: true, membership: context.membership })),
      take: assign(({ event }) => {
        if (event.type !== 'ASSIGN') return {};
        const { planId, taskId, delegatedBy, messageId, priority } = event;
        return { current: { planId, taskId, delegatedBy, messageId, priority: priority ?? 'normal' }, since: now() };
      }),
      begin: enqueueActions(({ context, enqueue }) => {
        if (context.current !== null) enqueue(tell(taskAt(context.current), { type: 'BEGIN', agent: context.agent.name, at: now() }));
      }),
      hold: assign(({ context, event }) => (event.type === 'HAND' ? { held: event.held, news: context.news + 1 } : {})),
      returnAssignment: enqueueActions(({ context, event, enqueue }) => {
        if (event.type === 'ASSIGN') enqueue(tell('router', { type: 'RETURN', planId: event.planId, taskId: event.taskId, agent: context.agent.name }));
      }),
      giveBack: enqueueActions(({ context, enqueue }) => {
        if (context.current !== null) enqueue(tell(taskAt(context.current), { type: 'LOST', agent: context.agent.name }));
      }),
      letGo: assign(({ context }) => ({ current: null, since: null, held: null, news: context.news + 1 })),
      /** Into the audit: who, and as whose. */
      record: enqueueActions(({ context, enqueue }, { what, why }: { what: string; why: string }) => {
        enqueue(fact(what, { agent: context.agent.name, owner: context.owner, membership: context.membership, why }));
      }),
      acknowledge: reply({ ok: true }),
    },
    guards: {
      isForeign: ({ context, event }) => event.type === 'JOIN' && event.owner !== context.owner,
      goesOn: ({ context, event }) => event.type === 'JOIN' && context.presence === 'present' && event.membership === context.membership,
      isCurrent: ({ context, event }) => event.type === 'HEARD' && event.membership === context.membership,
      isHere: ({ context }) => isFree(context),
      isHeld: ({ context, event }) => 'taskId' in event && isSameTask(context.current, event),
    },
  }).createMachine({
    id: 'guest',
    context: ({ input }) => newGuest(input, now()),
    initial: 'known',
    on: {
      GET: { actions: reply(({ context }: { context: GuestContext }) => guestReport(context)) },
      INBOX: { actions: reply(({ context }: { context: GuestContext }) => context.inbox) },
      MESSAGE: {
        actions: enqueueActions(({ context, event, enqueue }) => {
          const { id, from, kind, payload } = event;
          const inbox = receive(context.inbox, { id, from, kind, payload, at: now() });
          enqueue.assign({ inbox, news: context.news + (inbox === context.inbox ? 0 : 1) });
          enqueue(fact('message.received', { agent: context.agent.name, id, from, kind, at: now() }));
          enqueue(reply({ ok: true }));
        }),
      },
      ACK: { actions: [assign(({ context, event }) => ({ inbox: event.ids.reduce(markDelivered, context.inbox) })), 'changed', 'acknowledge'] },
      // Its turns are its own; whoever wants the work to end cancels the task.
      INTERRUPT: { actions: reply({ ok: false, reason: 'ungated' }) },
      START: { actions: 'acknowledge' },
    },
    states: {
      known: {
        type: 'parallel',
        states: {
          presence: {
            initial: 'invited',
            on: {
              JOIN: [
                { guard: 'isForeign', actions: reply({ ok: false, reason: 'not_yours' }) },
                { guard: 'goesOn', target: '.present', actions: 'answerJoin' },
                // Another client, or one that remembers nothing: what the earlier one held is nobody's word to it.
                {
                  target: '.present',
                  actions: ['join', raise({ type: 'DROP' }), 'sayAvailable', { type: 'record', params: { what: 'agent.joined', why: 'it asked to' } }, 'changed', 'answerJoin'],
                },
              ],
            },
            states: {
              invited: { after: { remembered: '#guest.forgotten' } },
              present: {
                entry: assign(() => ({ heardAt: now() })),
                after: { lease: 'silent' },
                on: {
                  HEARD: { guard: 'isCurrent', target: 'present', reenter: true },
                  LEAVE: { target: 'left', actions: 'acknowledge' },
                  STOP: { target: 'left', actions: 'acknowledge' },
                  DRAIN: { target: 'left', actions: 'acknowledge' },
                },
              },
              silent: {
                entry: [
                  assign({ presence: 'silent' }),
                  'sayAvailable',
                  raise({ type: 'DROP' }),
                  { type: 'record', params: { what: 'agent.silent', why: 'its lease is over' } },
                  'changed',
                ],
                after: { remembered: '#guest.forgotten' },
                on: { LEAVE: { target: 'left', actions: 'acknowledge' }, STOP: { target: 'left', actions: 'acknowledge' }, DRAIN: { target: 'left', actions: 'acknowledge' } },
              },
              left: {
                entry: [
                  assign({ presence: 'left' }),
                  'sayAvailable',
                  raise({ type: 'DROP' }),
                  { type: 'record', params: { what: 'agent.left', why: 'it asked to, or was stopped' } },
                  'changed',
                ],
                after: { remembered: '#guest.forgotten' },
                on: { LEAVE: { actions: 'acknowledge' }, STOP: { actions: 'acknowledge' }, DRAIN: { actions: 'acknowledge' } },
              },
            },
          },
          mode: {
            initial: 'active',
            states: {
              active: {
                on: { PAUSE: { target: 'paused', actions: [assign(({ event }) => ({ mode: 'paused' as const, modeBy: event.by })), 'sayAvailable', 'changed', 'acknowledge'] } },
              },
              paused: {
                on: { RESUME: { target: 'active', actions: [assign(({ event }) => ({ mode: 'active' as const, modeBy: event.by })), 'sayAvailable', 'changed', 'acknowledge'] } },
              },
            },
          },
          duty: {
            initial: 'free',
            states: {
              free: {
                on: {
                  ASSIGN: [{ guard: 'isHere', target: 'holding', actions: ['take', 'sayAvailable', 'begin', 'changed'] }, { actions: 'returnAssignment' }],
                  // Of a task that it has given back.
                  HAND: {},
                },
              },
              holding: {
                on: {
                  ASSIGN: [{ guard: 'isHeld' }, { actions: 'returnAssignment' }],
                  HAND: [{ guard: 'isHeld', actions: ['hold', 'changed'] }, {}],
                  DROP: { target: 'free', actions: ['giveBack', 'letGo', 'sayAvailable', 'changed'] },
                  TASK_ENDED: { guard: 'isHeld', target: 'free', actions: ['letGo', 'sayAvailable', 'changed'] },
                  WITHDRAW: { guard: 'isHeld', target: 'free', actions: ['letGo', 'sayAvailable', 'changed'] },
                },
              },
            },
          },
        },
      },
      forgotten: { type: 'final' },
    },
  });
}
