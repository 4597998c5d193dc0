// The statechart of the keeper of releases: gives each place to one deployment at a time, in the order in which they came, and remembers
// which versions were good.
import { enqueueActions, setup } from 'xstate';
import { reply, tell } from '../../runtime/index.ts';
import { claim, found, type ReleaseBook, recordOf, settle } from './release-book.ts';
import type { Claimed, ReleasesMessage } from './releases.messages.ts';

export interface ReleasesContext {
  readonly book: ReleaseBook;
}

const claimed = (book: ReleaseBook, place: string): Claimed & { readonly type: string } => ({ type: 'CLAIMED', place, releases: recordOf(book, place).releases });

export function releasesMachine() {
  return setup({
    types: { context: {} as ReleasesContext, events: {} as ReleasesMessage },
    actions: {
      claim: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'CLAIM') return;
        const { place, deployment, within, replyTo } = event;
        const { book, granted } = claim(context.book, place, { deployment, replyTo }, within);
        enqueue.assign({ book });
        if (granted) enqueue(tell(replyTo, { ...claimed(book, place) }));
      }),
      found: enqueueActions(({ context, event, enqueue }) => {
        if (event.type === 'FOUND') enqueue.assign({ book: found(context.book, event.place, event.release) });
      }),
      settle: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'SETTLE') return;
        const { book, next } = settle(context.book, event.place, event.deployment, event.settlement);
        enqueue.assign({ book });
        if (next !== undefined) enqueue(tell(next.replyTo, { ...claimed(book, event.place) }));
      }),
    },
  }).createMachine({
    id: 'releases',
    context: { book: {} },
    initial: 'keeping',
    states: {
      keeping: {
        on: {
          GET: { actions: reply(({ context }: { context: ReleasesContext }) => context.book) },
          CLAIM: { actions: 'claim' },
          FOUND: { actions: 'found' },
          SETTLE: { actions: 'settle' },
        },
      },
    },
  });
}
