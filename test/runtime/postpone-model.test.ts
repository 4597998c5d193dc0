// Postpone and ignore against a model of gen_statem: for any statechart and any order of mail, what is postponed is offered again in its
// order after the next change of state, before all that is newer; what is ignored leaves nothing, all else is a dead letter.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, assign, createMachine } from 'xstate';
import type { BatchLimits } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { count } from '../support/length.ts';
import { BATCHES, NodeLives } from '../support/node-lives.ts';
import { settle } from '../support/settle.ts';

const STATES = ['red', 'green', 'blue'] as const;
const TYPES = ['a', 'b', 'c', 'd'] as const;
type State = (typeof STATES)[number];
type Type = (typeof TYPES)[number];
/** Where a message leads, by state and type; null stays where it is, and undefined is not taken. */
type Chart = Record<State, Partial<Record<Type, State | null>>>;
interface Behaviour {
  readonly chart: Chart;
  readonly postpone: readonly Type[];
  readonly ignore: readonly Type[];
}

const moves = fc.dictionary(fc.constantFrom(...TYPES), fc.option(fc.constantFrom(...STATES)), { maxKeys: 2 });
const BEHAVIOUR = fc.record({
  chart: fc.record({ red: moves, green: moves, blue: moves }) as fc.Arbitrary<Chart>,
  postpone: fc.subarray([...TYPES]),
  ignore: fc.subarray([...TYPES]),
});

class Model {
  state: State = 'red';
  readonly taken: string[] = [];
  postponed: string[] = [];
  readonly dead: string[] = [];
  readonly #behaviour: Behaviour;

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
  }

  take(mail: readonly string[]): void {
    const { chart, postpone, ignore } = this.#behaviour;
    let queue = [...mail];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const type = next.slice(0, 1) as Type;
      const to = chart[this.state][type];
      if (to === undefined) {
        if (postpone.includes(type)) this.postponed.push(next);
        else if (!ignore.includes(type)) this.dead.push(next);
        continue;
      }
      this.taken.push(`${this.state} ${next}`);
      if (to === null || to === this.state) continue;
      this.state = to;
      queue = [...this.postponed.splice(0), ...queue];
    }
  }
}

/** As the chart says; each transition writes down where it was taken. */
function machineOf(chart: Chart): AnyStateMachine {
  const on = (state: State) =>
    Object.fromEntries(
      Object.entries(chart[state]).map(([type, to]) => [
        type,
        { ...(to === null ? {} : { target: to }), actions: assign({ taken: ({ context, event }) => [...(context as { taken: string[] }).taken, `${state} ${event.name}`] }) },
      ]),
    );
  return createMachine({ context: { taken: [] }, initial: 'red', states: Object.fromEntries(STATES.map((state) => [state, { on: on(state) }])) } as never);
}

const oneType = fc.constantFrom(...TYPES);
const SCRIPT = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('burst'), types: fc.array(oneType, { maxLength: 12, size: 'max' }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('tell', 'vanished', 'unconfirmed'), types: fc.tuple(oneType) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('crash', 'stop', 'kill'), types: fc.constant([]) }) },
  ),
  { maxLength: 12, size: 'max' },
);
interface Act {
  readonly do: string;
  readonly types: readonly Type[];
}

/** Ends of the actor and of the node, and commits that fail, happen to durable ones: of a volatile one nothing would be left to compare. */
async function act(lives: NodeLives, durable: boolean, what: string, mail: readonly string[]): Promise<void> {
  const message = (name: string) => ({ type: name.slice(0, 1), name });
  if (what === 'burst') await Promise.all(mail.map((name) => lives.node.tell('x', message(name))));
  if (durable && (what === 'vanished' || what === 'unconfirmed')) lives.node.journal.failNext(what);
  if (what !== 'burst') for (const name of mail) await lives.tellSurely('x', message(name));
  if (durable && what === 'crash') await lives.crash();
  if (durable && what === 'stop') await lives.stopAndStart();
  if (durable && what === 'kill') await lives.node.system.kill('x');
  // With one step a batch all that is offered again takes a turn of its own.
  await settle(30 + 15 * mail.length);
}

async function follow(durable: boolean, behaviour: Behaviour, limits: Partial<BatchLimits>, script: readonly Act[]): Promise<void> {
  const { postpone, ignore } = behaviour;
  const lives = await NodeLives.begin(() => [worker('x', machineOf(behaviour.chart), { durable, postpone, ignore })], limits);
  const model = new Model(behaviour);
  let sent = 0;
  for (const { do: what, types } of script) {
    const mail = types.map((type) => {
      sent += 1;
      return `${type}${sent}`;
    });
    await act(lives, durable, what, mail);
    model.take(mail);
    const { node } = lives;
    const letters = durable ? node.store.deadLetters : node.system.deadLetters();
    const dead = letters.map(({ envelope }) => String(envelope.message.name));
    expect({ state: node.value('x'), taken: node.context('x').taken, dead }).toEqual({ state: model.state, taken: model.taken, dead: model.dead });
    expect(node.system.counts()).toMatchObject({ mail: model.postponed.length, heldMail: 0, unwrittenMail: 0 });
    expect(node.store.mail.of('x').map(({ envelope }) => envelope.message.name)).toEqual(durable ? model.postponed : []);
  }
  await lives.end();
}

describe.each([
  ['durable', true],
  ['volatile', false],
] as const)('a %s actor', (_kind, durable) => {
  it(
    'postpones and ignores as gen_statem does, whatever its chart and the order of its mail (K6)',
    async () => {
      await fc.assert(
        fc.asyncProperty(BEHAVIOUR, BATCHES, SCRIPT, (behaviour, limits, script) => follow(durable, behaviour, limits, script)),
        { numRuns: count(60, 1_000) },
      );
    },
    count(20_000, 900_000),
  );
});
