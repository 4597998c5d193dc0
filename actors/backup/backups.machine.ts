// The statechart of the keeper of backups: one is made at a time, those that were asked for meanwhile wait in order, and each ends as
// verified or failed, which is a fact and told to whoever asked.
import { assign, enqueueActions, setup } from 'xstate';
import { effect, fact, reply, tell } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { readError } from '../work/outcome.ts';
import type { BackupTaken } from '../work/ports.ts';
import type { BackupEnded, BackupsMessage, TakeBackup } from './backups.messages.ts';

type Wanted = Omit<TakeBackup, 'type'>;

export interface BackupsContext {
  /** The first is being made. */
  readonly wanted: readonly Wanted[];
  readonly taken: BackupTaken | null;
  readonly problem: string | null;
}

const MOST_WANTED = 100;
/** Beyond this a copy of a node's files hangs. */
const DEADLINE_MS = 3_600_000;

const NOTHING: BackupsContext = { wanted: [], taken: null, problem: null };

export function backupsMachine({ backups }: Pick<Services, 'backups'>) {
  const take = effect<BackupTaken, Wanted>({
    // Under the same id the one that is there is found, and what is half is made anew.
    idempotent: true,
    deadlineMs: DEADLINE_MS,
    run: ({ input: { id, by, why, keep }, signal }) => backups.take({ id, by, why, keep }, signal),
  });

  return setup({
    types: { context: {} as BackupsContext, events: {} as BackupsMessage },
    actors: { take },
    actions: {
      add: enqueueActions(({ context: { wanted }, event: { type: _type, ...wish }, enqueue }) => {
        const known = wanted.find(({ id }) => id === wish.id);
        if (known === undefined && wanted.length >= MOST_WANTED) {
          if (wish.replyTo !== null) enqueue(tell(wish.replyTo, { type: 'BACKUP_ENDED', id: wish.id, problem: 'too many wait already' } satisfies BackupEnded));
          return enqueue(reply({ ok: false, reason: 'too_many' }));
        }
        if (known === undefined) {
          enqueue.assign({ wanted: [...wanted, wish] });
          enqueue(fact('backup.begun', { id: wish.id, by: wish.by, why: wish.why }));
        }
        enqueue(reply({ ok: true, id: wish.id }));
      }),
      ended: enqueueActions(({ context: { wanted, taken, problem }, enqueue }) => {
        const [first] = wanted;
        if (first === undefined) return;
        const { id, by, why } = first;
        enqueue(taken === null ? fact('backup.failed', { id, by, why, problem }) : fact('backup.verified', { ...taken, id, by, why }));
        for (const removed of taken?.removed ?? []) enqueue(fact('backup.removed', { id: removed, by, why: `the newest ${first.keep} are kept` }));
        if (first.replyTo !== null) enqueue(tell(first.replyTo, { type: 'BACKUP_ENDED', id, problem } satisfies BackupEnded));
      }),
      next: assign(({ context: { wanted } }) => ({ wanted: wanted.slice(1), taken: null, problem: null })),
    },
  }).createMachine({
    id: 'backups',
    context: NOTHING,
    initial: 'idle',
    on: { TAKE_BACKUP: { actions: 'add' } },
    states: {
      idle: { always: { guard: ({ context }) => context.wanted.length > 0, target: 'taking' } },
      taking: {
        invoke: {
          src: 'take',
          input: ({ context }) => context.wanted[0] as Wanted,
          onDone: { target: 'ended', actions: assign(({ event }) => ({ taken: event.output })) },
          onError: { target: 'ended', actions: assign(({ event }) => ({ problem: readError(event.error).message })) },
        },
      },
      ended: { entry: ['ended', 'next'], always: 'idle' },
    },
  });
}
