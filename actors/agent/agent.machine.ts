// The statechart of one agent, in regions: its session, whether it may work, its one task at a time, the delivery of its mail.
// The supervisor agent owns plans besides; the master agent pauses the fleet. A duty of another role is a dead letter `unhandled`.
import { and, assign, enqueueActions, raise, setup, stateIn } from 'xstate';
import { fact, reply, startChild, tell, tellGroup } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { readError } from '../work/outcome.ts';
import type { AgentMessage } from './agent.messages.ts';
import { type AgentContext, type AgentInput, newAgent } from './agent-context.ts';
import { deliverEffect, watchSession } from './agent-effects.ts';
import { markDelivered, markTried, nextUndelivered, receive } from './agent-inbox.ts';
import { enqueueTask, isSameTask, withoutTask } from './agent-queue.ts';
import { agentFact, agentReport } from './agent-report.ts';
import { planOrder, routeOf, taskOrder } from './plan-duties.ts';

const REDELIVERY_MS = 5_000;
const NO_REFUSAL: readonly string[] = ['NoSession', 'SessionLost', 'EffectDeadline'];

const taskAt = ({ planId, taskId }: { planId: string; taskId: string }): string => `tasks/${planId}.${taskId}`;

export function agentMachine(services: Services) {
  const now = (): number => services.clock.now();

  return setup({
    types: { context: {} as AgentContext, events: {} as AgentMessage, input: {} as AgentInput },
    actors: { deliver: deliverEffect(services), watch: watchSession(services) },
    delays: { redelivery: REDELIVERY_MS },
    actions: {
      changed: fact('agent.changed', ({ context }) => agentFact(context)),
      sayAvailable: enqueueActions(({ context, enqueue }) => {
        const { name, capabilities } = context.agent;
        const takes = context.sessionState === 'ready' && (context.mode === 'active' || context.mode === 'paused');
        enqueue(tell('router', takes ? { type: 'AVAILABLE', agent: name, capabilities } : { type: 'UNAVAILABLE', agent: name, capabilities }));
      }),
      enterMode: assign(({ event }, params: { mode: AgentContext['mode'] }) => ({ mode: params.mode, modeBy: 'by' in event ? event.by : null })),
      /** What it has not begun goes back to the router. */
      returnQueue: enqueueActions(({ context, enqueue }) => {
        for (const { planId, taskId } of context.queue) enqueue(tell('router', { type: 'RETURN', planId, taskId, agent: context.agent.name }));
        enqueue.assign({ queue: [] });
      }),
      /** An assignment that crossed its stop. */
      returnAssignment: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'ASSIGN') return;
        enqueue(tell('router', { type: 'RETURN', planId: event.planId, taskId: event.taskId, agent: context.agent.name }));
      }),
      interruptTask: enqueueActions(({ context, event, enqueue }) => {
        if (context.current === null) return;
        const why = 'by' in event ? `${event.type} by ${event.by}` : event.type;
        enqueue(tell(taskAt(context.current), { type: 'INTERRUPT', why }));
      }),
      begin: enqueueActions(({ context, enqueue }) => {
        const [current, ...queue] = context.queue;
        if (current === undefined) return;
        enqueue.assign({ current, queue, since: now() });
        enqueue(tell(taskAt(current), { type: 'BEGIN', agent: context.agent.name, at: now() }));
      }),
      dropTask: assign(({ context, event }) => (event.type === 'TASK_ENDED' || event.type === 'WITHDRAW' ? { queue: withoutTask(context.queue, event) } : {})),
      acknowledge: reply({ ok: true }),
    },
    guards: {
      isSupervisor: ({ context }) => context.agent.role === 'supervisor',
      isMaster: ({ context }) => context.agent.role === 'master',
      isNews: ({ context, event }) => event.type !== 'SESSION_LOST' || event.epoch === undefined || event.epoch >= (context.session?.epoch ?? 0),
      hasTask: ({ context }) => context.queue.length > 0,
      hasMail: ({ context }) => nextUndelivered(context.inbox) !== undefined,
      isOver: ({ context, event }) => event.type === 'TASK_ENDED' && isSameTask(context.current, event),
    },
  }).createMachine({
    id: 'agent',
    context: ({ input }) => newAgent(input),
    type: 'parallel',
    entry: 'changed',
    invoke: {
      src: 'watch',
      id: 'watch',
      input: ({ context }) => ({ name: context.agent.name }),
      onSnapshot: { guard: ({ event }) => event.snapshot.context?.connected === false, actions: raise({ type: 'SESSION_LOST', why: 'no session of this node yet' }) },
    },
    on: {
      GET: { actions: reply(({ context }: { context: AgentContext }) => agentReport(context)) },
      INBOX: { actions: reply(({ context }: { context: AgentContext }) => context.inbox) },
      MESSAGE: {
        actions: enqueueActions(({ context, event, enqueue }) => {
          const { id, from, kind, payload } = event;
          enqueue.assign({ inbox: receive(context.inbox, { id, from, kind, payload, at: now() }) });
          enqueue(fact('message.received', { agent: context.agent.name, id, from, kind, at: now() }));
          enqueue(reply({ ok: true }));
        }),
      },
      CONFIGURE: { actions: [assign(({ event }) => ({ agent: event.agent })), 'sayAvailable', 'changed'] },
      ASSIGN: {
        actions: enqueueActions(({ context, event, enqueue }) => {
          const { planId, taskId, delegatedBy, messageId, priority } = event;
          enqueue.assign({ queue: enqueueTask(context, { planId, taskId, delegatedBy, messageId, priority: priority ?? 'normal' }) });
          enqueue('changed');
        }),
      },
      TASK_ENDED: { actions: 'dropTask' },
      WITHDRAW: { actions: 'dropTask' },
      INTERRUPT: [{ guard: ({ context }) => context.current !== null, actions: ['interruptTask', 'acknowledge'] }, { actions: reply({ ok: false, reason: 'idle' }) }],
      SUBMIT_PLAN: {
        guard: 'isSupervisor',
        actions: enqueueActions(({ context, event, enqueue }) => {
          const order = planOrder(context, event, now());
          enqueue(startChild('plans', { template: 'plan', id: order.planId, input: order }));
          enqueue(fact('plan.submitted', { planId: order.planId, plan: order.plan, caller: order.caller, approve: order.approve, submittedAt: order.submittedAt }));
          enqueue(reply({ ok: true, planId: order.planId }));
        }),
      },
      DELEGATE: {
        guard: 'isSupervisor',
        actions: enqueueActions(({ context, event, enqueue }) => {
          const order = taskOrder(context, event, now());
          const { planId, taskId, delegatedBy, messageId, delegatedAt } = order;
          enqueue(startChild('tasks', { template: 'task', id: `${planId}.${taskId}`, input: order }));
          enqueue(fact('task.delegated', { planId, taskId, delegatedBy, messageId, at: delegatedAt }));
          enqueue(tell('router', routeOf(order)));
        }),
      },
      PAUSE_FLEET: {
        guard: 'isMaster',
        actions: [tellGroup('agents', ({ event }) => ({ ...event, type: 'PAUSE' })), fact('fleet.paused', ({ event }) => ({ by: 'by' in event ? event.by : '' })), 'acknowledge'],
      },
      RESUME_FLEET: {
        guard: 'isMaster',
        actions: [tellGroup('agents', ({ event }) => ({ ...event, type: 'RESUME' })), fact('fleet.resumed', ({ event }) => ({ by: 'by' in event ? event.by : '' })), 'acknowledge'],
      },
      SESSION_LOST: {},
      SESSION_FAILED: {},
    },
    states: {
      session: {
        initial: 'starting',
        on: {
          SESSION_READY: {
            target: '.ready',
            actions: assign(({ event }) => ({ session: { epoch: event.epoch, pid: event.pid, attach: event.attach ?? null, terminal: event.terminal ?? null }, sessionWhy: null })),
          },
          SESSION_FAILED: {
            target: '.failed',
            actions: assign(({ context, event }) => ({ sessionWhy: context.sessionWhy === null ? event.why : `${context.sessionWhy}; ${event.why}` })),
          },
        },
        states: {
          starting: { on: { SESSION_LOST: { actions: assign(({ event }) => ({ sessionWhy: event.why })) } } },
          ready: {
            entry: [assign({ sessionState: 'ready' }), 'sayAvailable', 'changed'],
            on: {
              SESSION_LOST: {
                guard: 'isNews',
                target: 'lost',
                actions: assign(({ context, event }) => ({ sessionWhy: event.why, sessionsLost: context.sessionsLost + (event.inOrder ? 0 : 1), session: null })),
              },
            },
          },
          lost: { entry: [assign({ sessionState: 'lost' }), 'sayAvailable', 'changed'] },
          failed: { entry: [assign({ sessionState: 'failed', session: null }), 'sayAvailable', 'changed'] },
        },
      },
      mode: {
        initial: 'active',
        on: {
          STOP: { target: '.stopped', actions: ['interruptTask', 'acknowledge'] },
          DRAIN: { target: '.draining', actions: 'acknowledge' },
          START: { target: '.active', actions: 'acknowledge' },
        },
        states: {
          active: {
            entry: [{ type: 'enterMode', params: { mode: 'active' } }, 'sayAvailable', 'changed'],
            on: { PAUSE: { target: 'paused', actions: 'acknowledge' }, RESUME: { actions: 'acknowledge' } },
          },
          paused: {
            entry: [{ type: 'enterMode', params: { mode: 'paused' } }, 'changed'],
            on: { RESUME: { target: 'active', actions: 'acknowledge' }, PAUSE: { actions: 'acknowledge' } },
          },
          draining: {
            entry: [{ type: 'enterMode', params: { mode: 'draining' } }, 'sayAvailable', 'returnQueue', 'changed'],
            always: { guard: ({ context }) => context.current === null, target: 'stopped' },
            on: { ASSIGN: { actions: 'returnAssignment' }, PAUSE: {}, RESUME: {} },
          },
          stopped: {
            entry: [{ type: 'enterMode', params: { mode: 'stopped' } }, 'sayAvailable', 'returnQueue', 'changed'],
            on: { ASSIGN: { actions: 'returnAssignment' }, PAUSE: {}, RESUME: {} },
          },
        },
      },
      duty: {
        initial: 'idle',
        states: {
          idle: { always: { guard: and(['hasTask', stateIn({ session: 'ready' }), stateIn({ mode: 'active' })]), target: 'working', actions: ['begin', 'changed'] } },
          working: {
            on: { TASK_ENDED: { guard: 'isOver', target: 'idle', actions: [assign({ current: null, since: null }), 'changed'] } },
          },
        },
      },
      post: {
        initial: 'quiet',
        states: {
          quiet: { always: { guard: and(['hasMail', stateIn({ session: 'ready' })]), target: 'delivering' } },
          delivering: {
            invoke: {
              src: 'deliver',
              input: ({ context }) => ({
                agent: context.agent.name,
                message: nextUndelivered(context.inbox) ?? { id: '', from: '', kind: '', payload: null, at: 0, state: 'queued', tries: 0 },
              }),
              onDone: { target: 'quiet', actions: assign(({ context, event }) => ({ inbox: markDelivered(context.inbox, event.output.id) })) },
              onError: {
                target: 'waiting',
                actions: assign(({ context, event }) => ({
                  inbox: markTried(context.inbox, nextUndelivered(context.inbox)?.id ?? '', !NO_REFUSAL.includes(readError(event.error).code)),
                })),
              },
            },
          },
          waiting: { after: { redelivery: 'quiet' } },
        },
      },
    },
  });
}
