// A program that faults are done to: durable accounts over the shipped journal, each message of which sets off two more. It takes
// orders on stdin, one a line, and says on stdout what was accepted. What it did is in the facts of its journal, in the same commits.
import { createInterface } from 'node:readline';
import { assign, setup } from 'xstate';
import { createSystem, fact, isCoded, sqliteJournal, supervisor, tell, worker } from '../../gateway/embed.ts';
import { ACCOUNTS, BELL_MS, type Order, POISON } from './ledger-words.ts';

interface Put {
  readonly type: 'PUT';
  readonly id: string;
  readonly n: number;
}
interface Passed {
  readonly type: 'BOOK' | 'RING';
  readonly id: string;
  readonly n: number;
  readonly account: string;
}

function counted(count: number, id: string): number {
  if (id.startsWith(POISON)) throw new Error('planned: poison');
  return count + 1;
}

/** Every order is written down, told to the book at once, and to the bell after a while. */
const account = setup({ types: { context: {} as { name: string; count: number }, events: {} as Put, input: {} as { name: string } } }).createMachine({
  context: ({ input }) => ({ name: input.name, count: 0 }),
  on: {
    PUT: {
      actions: [
        assign({ count: ({ context, event }) => counted(context.count, event.id) }),
        fact('put', ({ context, event }) => ({ id: event.id, n: event.n, account: context.name })),
        tell('book', ({ context, event }) => ({ type: 'BOOK', id: event.id, n: event.n, account: context.name })),
        tell('bell', ({ context, event }) => ({ type: 'RING', id: event.id, n: event.n, account: context.name }), { delay: BELL_MS }),
      ],
    },
  },
});

const noting = (kind: string) =>
  setup({ types: { context: {} as { count: number }, events: {} as Passed } }).createMachine({
    context: { count: 0 },
    on: {
      '*': {
        actions: [assign({ count: ({ context }) => context.count + 1 }), fact(kind, ({ event }) => ({ id: event.id, n: event.n, account: event.account }))],
      },
    },
  });

const [dir = '', steps = '1024', care = ''] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const durable = { durable: true } as const;
const system = await createSystem({
  name: 'ledger',
  journal: sqliteJournal({ dir }),
  limits: { steps: Number(steps) },
  // What ends it is never one of its messages: unless a test wants that, none is suspected of it (K12).
  ...(care === 'careful' ? {} : { careful: { carefulAfter: Number.MAX_SAFE_INTEGER } }),
  root: supervisor({
    intensity: 1_000,
    children: [
      ...ACCOUNTS.map((name) => worker(name, account, { ...durable, input: { name } })),
      worker('book', noting('booked'), durable),
      worker('bell', noting('rung'), durable),
    ],
  }),
});
await system.start();
say('ready');

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'count') say(`count ${(system.inspect('bell')?.context as { count: number } | undefined)?.count ?? 0}`);
  else if (line === 'state') say(`state ${system.notReady ?? 'ready'}`);
  else if (line === 'dead') {
    const letters = await system.journal.deadLetters({ after: 0, limit: 10_000 });
    say(`dead ${JSON.stringify(letters.map(({ reason, envelope }) => `${reason} ${(envelope.message as unknown as Order).id}`))}`);
  } else if (line === 'restarts') say(`restarts ${JSON.stringify(system.tree().map(({ id, restarts }) => [id, restarts]))}`);
  else if (line.startsWith('kill ')) await system.kill(line.slice('kill '.length)).catch(() => undefined);
  else take(JSON.parse(line) as Order);
}
await system.stop();

function take({ id, account: to, n }: Order): void {
  system
    .ref(to)
    .tell({ type: 'PUT', id, n }, { id })
    .then(
      () => say(`ok ${id}`),
      (error: unknown) => say(`no ${id} ${isCoded(error) ? error.code : String(error)}`),
    );
}
