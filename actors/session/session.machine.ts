// The statechart of one agent's session: starting → awaiting_ready → ready. Its terminal's end is its own crash, so that its
// supervisor decides; its agent is told first. Volatile: the terminal is the truth.
import { assign, setup } from 'xstate';
import { tell } from '../../runtime/index.ts';
import type { SessionLauncher } from './session-launcher.ts';
import { holdSource, launchSource, lifeSource, readySource, type SessionContext, type SessionEvent, type SessionInput, stopSource } from './session-sources.ts';

const toAgent = ({ context }: { context: SessionContext }): string => `agents/${context.agent}`;

function reasonOf(error: unknown): { readonly code: string; readonly why: string } {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return { code: String(code ?? name ?? 'Error'), why: error instanceof Error ? error.message : String(error) };
}

/** Input: the agent's name. Stops in order at `troupe.shutdown`; a kill ends the terminal at once, and nothing but `gone` can tell of it. */
export function sessionMachine(launcher: SessionLauncher, gone: (agent: string) => void) {
  return setup({
    types: { context: {} as SessionContext, events: {} as SessionEvent, input: {} as SessionInput },
    actors: {
      hold: holdSource(launcher, gone),
      launch: launchSource(launcher),
      ready: readySource(launcher),
      life: lifeSource(launcher),
      stop: stopSource(launcher),
    },
    actions: {
      keepReason: assign({ lost: ({ event }) => reasonOf((event as { error?: unknown }).error) }),
      tellReady: tell(toAgent, ({ context }) => ({
        type: 'SESSION_READY',
        epoch: context.info?.epoch ?? 0,
        pid: context.pid ?? 0,
        attach: context.attach,
        terminal: context.kind,
      })),
      tellLost: tell(toAgent, ({ context: { lost, info } }) => ({
        type: 'SESSION_LOST',
        why: lost?.why ?? 'stopped',
        ...(lost === null ? { inOrder: true } : {}),
        ...(info === null ? {} : { epoch: info.epoch }),
      })),
      crash: ({ context }) => {
        throw new Error(`${context.lost?.code}: ${context.lost?.why}`);
      },
    },
  }).createMachine({
    id: 'session',
    context: ({ input }) => ({ agent: input.agent, kind: null, pid: null, attach: null, info: null, lost: null }),
    invoke: { src: 'hold', input: ({ context }) => context.agent },
    initial: 'starting',
    on: { 'troupe.shutdown': { target: '.stopping' } },
    states: {
      starting: {
        invoke: {
          src: 'launch',
          input: ({ context }) => context.agent,
          onDone: { target: 'awaiting_ready', actions: assign(({ event }) => ({ kind: event.output.kind, pid: event.output.pid, attach: event.output.attach })) },
          onError: { target: 'lost', actions: 'keepReason' },
        },
      },
      awaiting_ready: {
        invoke: {
          src: 'ready',
          input: ({ context }) => context.agent,
          onDone: { target: 'ready', actions: assign({ info: ({ event }) => event.output }) },
          onError: { target: 'lost', actions: 'keepReason' },
        },
      },
      ready: {
        entry: 'tellReady',
        invoke: { src: 'life', input: ({ context }) => ({ agent: context.agent, info: context.info }), onError: { target: 'lost', actions: 'keepReason' } },
      },
      stopping: {
        on: { 'troupe.shutdown': {} },
        invoke: { src: 'stop', input: ({ context }) => context.agent, onDone: { target: 'stopped' }, onError: { target: 'lost', actions: 'keepReason' } },
      },
      stopped: { entry: 'tellLost', type: 'final' },
      lost: { entry: ['tellLost', 'crash'] },
    },
  });
}
