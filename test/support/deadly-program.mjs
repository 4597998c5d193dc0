// A program with a durable actor that one message ends the process of, and how: `exit`, or `loop` for ever. Prints what it has come to
// as a line of JSON, and stops in order. Started by test/integration/deadly-message.test.ts.
import { assign, setup } from 'xstate';

const [embed, dir, how] = process.argv.slice(2);
const { createSystem, reply, sqliteJournal, supervisor, tell, worker } = await import(embed);

const seen = assign(({ context, event }) => {
  if (event.type === 'BAD') {
    console.log('dies');
    if (how === 'exit') process.exit(3);
    for (;;);
  }
  return { seen: [...context.seen, event.type] };
});
const victim = setup({ actions: { seen } }).createMachine({
  context: { seen: [] },
  on: { GET: { actions: reply(({ context }) => context.seen) }, '*': { actions: 'seen' } },
});
/** Sends what is deadly from a step that a timer causes, so that both are on disk however the process ends. */
const sender = setup({}).createMachine({
  initial: 'idle',
  states: {
    idle: { on: { GO: 'waiting' } },
    waiting: { after: { 20: { target: 'sent', actions: ['ONE', 'BAD', 'TWO'].map((type) => tell('victim', { type })) } } },
    sent: {},
  },
});

const system = await createSystem({
  name: 'deadly',
  journal: sqliteJournal({ dir }),
  root: supervisor({ intensity: 9, children: [worker('victim', victim, { durable: true }), worker('sender', sender, { durable: true })] }),
});
await system.start();
await system
  .ref('sender')
  .tell({ type: 'GO' })
  .catch(() => undefined);
const came = async () => {
  const got = await system.ref('victim').ask({ type: 'GET' }, { timeoutMs: 10_000 });
  if (got.includes('TWO')) return got;
  await new Promise((resolve) => setTimeout(resolve, 20));
  return came();
};
const taken = await came();
console.log(
  JSON.stringify({
    taken,
    dead: system.deadLetters().map(({ reason, detail, envelope }) => `${reason} ${envelope.message.type}: ${detail}`),
    alerts: system.alerts().map(({ id }) => id),
  }),
);
await system.stop();
