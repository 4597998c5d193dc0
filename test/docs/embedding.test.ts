// docs/embedding.md: every block of it is a piece of a program under docs/examples, and those programs run and say what the page says.
import { describe, expect, it } from 'vitest';
import { count } from '../../docs/examples/embedding.ts';
import { type Provider, paymentMachine } from '../../docs/examples/embedding-effect.ts';
import { remind } from '../../docs/examples/embedding-timer.ts';
import { addByTransport } from '../../docs/examples/embedding-transport.ts';
import * as embed from '../../gateway/embed.ts';
import { blocksOf, regionOf } from '../support/doc-regions.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';

const { createSystem, localTransport, memoryJournal, memoryStore, reply, supervisor, worker } = embed;
const blocks = blocksOf('docs/embedding.md');

describe('docs/embedding.md', () => {
  it('shows code, all of it from docs/examples', () => {
    expect(blocks.length).toBeGreaterThan(5);
    for (const { source, text } of blocks) expect(source, text).toMatch(/^docs\/examples\/[a-z-]+\.ts#\w+$/);
  });

  it.each(blocks.map(({ source = '', text }) => [source, text]))('shows %s as it is', (source, text) => {
    expect(text).toBe(regionOf(source));
  });
});

describe('the example of a system', () => {
  it('says what it did, and a second run on its folder goes on where the first ended', async () => {
    const dir = `${privateFolder()}/not/there/yet`;
    const lines: string[] = [];
    expect(await count(dir, (line) => void lines.push(line))).toBe(2);
    expect(lines).toEqual([
      'counter: 2',
      'DOWN counter: killed',
      'again: 2',
      'pool: a running,b running,c running, 3 active',
      'tree: counter,pool (rest_for_one)',
      'history: GET',
      'dead letters: 0',
    ]);
    expect(await count(dir, () => undefined)).toBe(2);
  });
});

describe('the other examples', () => {
  it('remind after five minutes, restart or not', async () => {
    expect(await remind()).toBe('reminded');
  });

  it('never pay twice: what the provider knows decides after a crash, and where nobody knows the statechart says so', async () => {
    const restartedWith = async (known: { receipt: string } | undefined) => {
      const store = memoryStore();
      const paid: string[] = [];
      const provider: Provider = {
        pay: (key) => {
          paid.push(key);
          return new Promise(() => undefined);
        },
        find: async () => known,
      };
      const start = async () => {
        const system = await createSystem({
          name: 'pay',
          journal: memoryJournal({ store }),
          root: supervisor({ children: [worker('payment', paymentMachine(provider), { durable: true })] }),
        });
        await system.start();
        await settle();
        return system;
      };
      const first = await start();
      expect(paid).toHaveLength(1);
      const second = await start();
      const { value, context } = second.inspect('payment') ?? {};
      await Promise.all([first.stop(), second.stop()]);
      return { value, context, paid: paid.length };
    };
    expect(await restartedWith({ receipt: 'r-1' })).toEqual({ value: 'paid', context: { receipt: 'r-1', problem: null }, paid: 1 });
    expect(await restartedWith(undefined)).toEqual({ value: 'unclear', context: { receipt: null, problem: 'EffectInterrupted' }, paid: 1 });
  });

  it('reach an actor by its subject', async () => {
    const { assign, setup } = await import('xstate');
    const counter = setup({ types: { context: {} as { n: number }, events: {} as { type: 'ADD'; by: number } | { type: 'GET' } } }).createMachine({
      context: { n: 0 },
      on: { ADD: { actions: assign({ n: ({ context, event }) => context.n + event.by }) }, GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) } },
    });
    const transport = localTransport();
    const system = await createSystem({ name: 'demo', transport, root: supervisor({ children: [worker('counter', counter, { durable: true })] }) });
    await system.start();
    expect(await addByTransport(transport)).toEqual([
      { ok: true, value: null },
      { ok: true, value: 2 },
    ]);
    await system.stop();
  });
});

describe('the embedding API', () => {
  it('has the names that the interface promises, except those of later work, which the page names', () => {
    const promised = [
      'createSystem',
      'supervisor',
      'dynamicSupervisor',
      'worker',
      'effect',
      'tell',
      'reply',
      'deferReply',
      'sqliteJournal',
      'memoryJournal',
      'localTransport',
      'SimulatedClock',
    ];
    expect(Object.keys(embed)).toEqual(expect.arrayContaining(promised));
    expect(Object.keys(embed)).not.toContain('postgresJournal');
  });
});
