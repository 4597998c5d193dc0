// Order: of a mailbox against a model of its lanes, and of whole nodes by what a receiver sees. What one sender says to one receiver
// under one priority arrives in its order, each once; control overtakes all.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { PRIORITIES, type Priority, tell } from '../../runtime/index.ts';
import { Mail } from '../../runtime/mail.ts';
import { Mailbox } from '../../runtime/mailbox.ts';
import { worker } from '../../supervisors/index.ts';
import { count } from '../support/length.ts';
import { BATCHES, NodeLives } from '../support/node-lives.ts';
import { settle } from '../support/settle.ts';

/** Lanes in their order; every sixteenth take below control is from the last that waits. */
class Lanes {
  readonly lanes: Mail[][] = PRIORITIES.map(() => []);
  #takes = 0;

  lane = (priority: Priority): Mail[] => this.lanes[PRIORITIES.indexOf(priority)] as Mail[];

  take(aged: boolean): Mail | undefined {
    if (this.lane('control').length > 0) return this.lane('control').shift();
    this.#takes += 1;
    const below: Priority[] = aged && this.#takes % 16 === 0 ? ['low', 'normal', 'high'] : ['high', 'normal', 'low'];
    return below
      .map((priority) => this.lane(priority))
      .find(({ length }) => length > 0)
      ?.shift();
  }
}

const priority = fc.constantFrom(...PRIORITIES);

describe('a mailbox', () => {
  it(
    'gives what a model of four lanes gives, whatever is put, taken, put back and taken out (K8, K22)',
    () => {
      const acts = fc.array(fc.record({ do: fc.constantFrom('put', 'put', 'take', 'take', 'put back', 'take out'), priority, number: fc.nat(5) }), { maxLength: 120, size: 'max' });
      fc.assert(
        fc.property(acts, (script) => {
          const mailbox = new Mailbox();
          const model = new Lanes();
          let taken: Mail[] = [];
          // As long as there is nothing but normal mail there is nothing to age, and takes are not counted.
          let aged = false;
          for (const [index, { do: what, priority: lane, number }] of script.entries()) {
            aged ||= what === 'put' && lane !== 'normal';
            if (what === 'put') {
              const mail = new Mail('message', null, { type: `${number}`, index }, lane);
              mailbox.put(mail);
              model.lane(lane).push(mail);
            } else if (what === 'take') {
              const mail = mailbox.take();
              expect(mail).toBe(aged ? model.take(true) : model.lane('normal').shift());
              if (mail !== undefined) taken.push(mail);
            } else if (what === 'put back') {
              mailbox.putBack(taken);
              for (const each of PRIORITIES) model.lane(each).unshift(...taken.filter((mail) => mail.priority === each));
              taken = [];
            } else {
              const meant = ({ message }: Mail) => message.type === `${number}`;
              expect(mailbox.remove(meant)).toEqual(model.lanes.flatMap((mails) => mails.filter(meant)));
              for (const each of model.lanes) each.splice(0, each.length, ...each.filter((mail) => !meant(mail)));
            }
            expect(mailbox.size).toBe(model.lanes.flat().length);
          }
        }),
        { numRuns: count(500, 5_000) },
      );
    },
    count(20_000, 120_000),
  );
});

interface Said {
  readonly type: string;
  readonly by: string;
  readonly n: number;
  readonly priority: Priority;
}

const seesAll = setup({ types: { context: {} as { seen: Said[] }, events: {} as Said } }).createMachine({
  context: { seen: [] },
  on: { SAID: { actions: assign({ seen: ({ context, event }) => [...context.seen, event] }) } },
});
/** Says on what it is told, in its own name. */
const mouths = Object.fromEntries(PRIORITIES.map((each) => [each, { actions: tell('ear', ({ event }: { event: Said }) => ({ ...event, type: 'SAID' }), { priority: each }) }]));
const mouth = setup({ types: { events: {} as Said } }).createMachine({ on: mouths } as never);

const SPEAKERS = ['outside', 'durable', 'volatile'] as const;
const WORDS = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ by: fc.constantFrom(...SPEAKERS), priority }) },
    { weight: 1, arbitrary: fc.constant('rest' as const) },
    { weight: 1, arbitrary: fc.constant('crash' as const) },
    { weight: 1, arbitrary: fc.constant('kill' as const) },
  ),
  { maxLength: 80, size: 'max' },
);

describe.each([
  ['durable', true],
  ['volatile', false],
] as const)('a %s receiver', (_kind, durable) => {
  it(
    'sees what each sender says under each priority in its order, once, over crashes of the node too (K9, K22)',
    async () => {
      await fc.assert(
        fc.asyncProperty(BATCHES, WORDS, async (limits, script) => {
          const spec = () => [worker('ear', seesAll, { durable, owner: 'durable' }), worker('durable', mouth, { durable: true }), worker('volatile', mouth, { durable: false })];
          const lives = await NodeLives.begin(spec, limits);
          let accepted: Array<{ readonly key: string; readonly n: number; readonly sure: boolean }> = [];
          const waiting: Promise<void>[] = [];
          for (const [n, act] of script.entries()) {
            if (act === 'rest') await settle(20);
            // Its mail waits for the next run.
            if (act === 'kill' && durable) await lives.node.system.kill('ear').catch(() => undefined);
            if (act === 'crash') {
              await lives.crash();
              if (!durable) accepted = [];
            }
            if (typeof act === 'string') continue;
            // Only its owner and who is outside may send it control.
            const lane = act.by === 'volatile' && act.priority === 'control' ? 'high' : act.priority;
            const said = { by: act.by, n, priority: lane };
            const told = act.by === 'outside' ? lives.node.tell('ear', { type: 'SAID', ...said }, { priority: lane }) : lives.node.tell(act.by, { type: lane, ...said });
            const of = accepted;
            waiting.push(
              told.then(
                // What a volatile one says goes with it when the node does.
                () => void of.push({ key: `${act.by} ${lane}`, n, sure: act.by !== 'volatile' }),
                () => undefined,
              ),
            );
          }
          await Promise.all(waiting);
          await settle(400);
          const seen = (lives.node.context('ear').seen ?? []) as Said[];
          for (const key of new Set(seen.map(({ by, priority: lane }) => `${by} ${lane}`))) {
            const heard = seen.filter(({ by, priority: lane }) => `${by} ${lane}` === key).map(({ n }) => n);
            expect([key, heard]).toEqual([key, [...new Set(heard)].sort((a, b) => a - b)]);
          }
          const numbers = new Set(seen.map(({ n }) => n));
          expect(accepted.filter(({ n, sure }) => sure && !numbers.has(n))).toEqual([]);
          await lives.end();
        }),
        { numRuns: count(40, 1_000) },
      );
    },
    count(20_000, 900_000),
  );

  it('sees control before all that waits with it, and after nothing that its sender said later (K22)', async () => {
    await fc.assert(
      fc.asyncProperty(BATCHES, fc.array(priority, { minLength: 1, maxLength: 30, size: 'max' }), async (limits, words) => {
        const lives = await NodeLives.begin(() => [worker('ear', seesAll, { durable })], limits);
        await Promise.all(words.map((each, n) => lives.node.tell('ear', { type: 'SAID', by: 'outside', n, priority: each }, { priority: each })));
        await settle(60 + words.length);
        const seen = (lives.node.context('ear').seen as Said[]).map(({ priority: each }) => each);
        expect(seen.length).toBe(words.length);
        expect(seen.lastIndexOf('control')).toBe(words.filter((each) => each === 'control').length - 1);
        await lives.end();
      }),
      { numRuns: count(30, 500) },
    );
  });
});
