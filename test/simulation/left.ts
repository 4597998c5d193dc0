// What is left when all is at rest: the actors' states in memory and on disk, and every row that still waits for something.
import type { DeadLetterReason } from '../../runtime/index.ts';
import type { Alarms, Done, Logged, Relayed } from './cast/index.ts';
import type { SimulatedDisk } from './disk.ts';
import type { Life } from './life.ts';

export interface DeadLetterLeft {
  readonly reason: DeadLetterReason;
  readonly to: string;
  readonly type: string;
  readonly tag: string;
}

export interface LeftBehind {
  readonly states: ReadonlyMap<string, Logged>;
  /** Differences between memory and disk, mail and timers nobody took, effects nobody waits for. */
  readonly astray: readonly string[];
  readonly deadLetters: readonly DeadLetterLeft[];
  /** Keys of effects whose outcome is a fact of its own. */
  readonly outcomes: ReadonlySet<string>;
  readonly children: readonly string[];
}

export const DURABLE = ['ledger', 'relay', 'counter', 'alarm', 'doer-a', 'doer-b', 'desk', 'boss', 'ward/one', 'ward/two', 'ward/three'] as const;
export type Durable = (typeof DURABLE)[number];

export function readLeft(life: Life, { store }: SimulatedDisk): LeftBehind {
  const states = new Map<string, Logged>();
  const astray: string[] = [];
  for (const address of DURABLE) {
    const inspected = life.system.inspect(address);
    const row = store.actors.get(address);
    const onDisk = row === undefined ? undefined : (JSON.parse(row.snapshot) as { context?: unknown }).context;
    const inMemory = inspected?.state === 'passivated' ? onDisk : inspected?.context;
    if (JSON.stringify(inMemory) !== JSON.stringify(onDisk)) astray.push(`${address} is ${JSON.stringify(inMemory)} in memory and ${JSON.stringify(onDisk)} on disk`);
    if (inMemory !== undefined) states.set(address, inMemory as Logged);
  }
  for (const row of store.mail.all()) astray.push(`mail ${row.seq} ${row.envelope.message.type} for ${row.envelope.to} is still ${row.state}`);
  for (const row of store.timers.all()) astray.push(`timer ${row.key} of ${row.address} is still set`);
  for (const row of store.effects.all()) astray.push(`effect ${row.key} is still ${row.state}`);
  const deadLetters = store.deadLetters.map(({ reason, envelope }) => ({ reason, to: envelope.to, type: envelope.message.type, tag: String(envelope.message.tag) }));
  const facts = store.facts.filter(({ kind }) => kind === 'effect.outcome').map(({ body }) => (JSON.parse(body) as { key: string }).key);
  return { states, astray, deadLetters, outcomes: new Set(facts), children: [...store.children.all()].map(({ id }) => id) };
}

export const logOf = (left: LeftBehind, address: string): readonly string[] => left.states.get(address)?.log ?? [];
export const alarmsOf = (left: LeftBehind): Alarms => left.states.get('alarm') as Alarms;
export const relayedOf = (left: LeftBehind): Relayed => left.states.get('relay') as Relayed;
export const doneOf = (left: LeftBehind, address: string): Done => left.states.get(address) as Done;
