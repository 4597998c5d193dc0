// Clients outside the node. Each says many things, most of them one after the other, and repeats each under its id until it has heard what
// became of it.
import type { Priority } from '../../runtime/index.ts';
import { WARDS } from './cast/index.ts';
import type { Chance } from './chance.ts';
import type { Surroundings } from './disk.ts';
import { type Answer, DOOR, decode, encode } from './door.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Command, Told } from './told.ts';

/** What a repetition cannot change. */
const FINAL = new Set(['NoSuchActor', 'InvalidMessage', 'MessageUnhandled', 'MessagePoisoned', 'MessageExpired', 'ActorDown', 'ActorQuarantined']);

export class Client {
  readonly #name: string;
  readonly #around: Surroundings;
  readonly #network: SimulatedNetwork;
  readonly #told: Told;
  readonly #chance: Chance;
  readonly #pending: Array<Promise<void>> = [];
  readonly #said: string[] = [];
  #count = 0;

  constructor(name: string, around: Surroundings, network: SimulatedNetwork, told: Told) {
    this.#name = name;
    this.#around = around;
    this.#network = network;
    this.#told = told;
    this.#chance = around.chance.fork();
  }

  /** Resolves when everything has been said once. */
  async say(times: number): Promise<void> {
    const { time, weather } = this.#around;
    for (let said = 0; said < times; said += 1) {
      const performed = Promise.all(this.#draw().map((command) => this.perform(command)));
      this.#pending.push(performed.then(() => undefined));
      if (!this.#chance.happens(weather.haste)) await performed;
      else await time.wait(this.#chance.between(0, 8));
    }
  }

  /** Resolves when all that was said has been heard of. */
  async heard(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async perform(command: Command): Promise<void> {
    const telling = this.#told.first(command);
    const { time, trace } = this.#around;
    trace.note(`${this.#name}: ${command.kind} ${command.to} ${command.message.type} ${telling.tag}`);
    for (;;) {
      const answer = await this.#send(command);
      if ('accepted' in answer || 'value' in answer) return;
      if (FINAL.has(answer.code)) {
        trace.note(`${this.#name}: ${telling.tag} is refused: ${answer.code}`);
        this.#told.refused(telling.tag, answer.code);
        return;
      }
      await time.wait(this.#chance.between(5, 120));
    }
  }

  async #send(command: Command): Promise<Answer> {
    try {
      return decode((await this.#network.request(DOOR, encode(command), { timeoutMs: this.#chance.between(60, 400) })).bytes) as Answer;
    } catch (error) {
      return { code: `not heard: ${String(error)}` };
    }
  }

  #tag(kind: string): string {
    this.#count += 1;
    const tag = `${kind}-${this.#name}${this.#count}`;
    this.#said.push(tag);
    return tag;
  }

  /** Something said before, to be taken back; or something that nobody has said. */
  #before(kind: string): string {
    const said = this.#said.filter((tag) => tag.startsWith(`${kind}-`));
    return said.length === 0 ? `${kind}-none` : this.#chance.pick(said);
  }

  #draw(): Command[] {
    const chance = this.#chance;
    const tell = (to: string, type: string, more: Omit<Partial<Command>, 'message'> & Record<string, unknown> = {}, name = type.toLowerCase()): Command => {
      const { priority, about, expiresAt, ...fields } = more as { priority?: Priority; about?: string; expiresAt?: number };
      return { to, kind: 'tell', message: { type, tag: this.#tag(name), ...fields }, ...(priority && { priority }), ...(about && { about }), ...(expiresAt && { expiresAt }) };
    };
    const ask = (type: string, more: Record<string, unknown> = {}): Command => ({ to: 'desk', kind: 'ask', message: { type, tag: this.#tag(type.toLowerCase()), ...more } });
    const doer = (): string => chance.pick(['doer-a', 'doer-b']);
    const drawn = chance.weigh<() => Command[]>([
      [() => [tell('ledger', 'NOTE', { priority: chance.pick(['high', 'normal', 'normal', 'low'] as const) })], 14],
      [() => [tell('ledger', 'NOTE', { expiresAt: this.#around.time.wall + chance.whole(5, 200) }, 'brief')], 2],
      [() => this.#cancelled(tell('ledger', 'NOTE', {}, 'doubted'), tell), 4],
      [() => [tell('ledger', 'POISON')], 2],
      [() => [tell(chance.pick(['ledger', ...WARDS]), 'NOTE', {}, 'cursed')], 1],
      [() => [tell('ledger', 'HUH')], 2],
      [() => [tell('ledger', chance.pick(['CLOSE', 'OPEN', 'OPEN']))], 4],
      [() => [tell('relay', 'FORWARD', { lane: chance.pick(['high', 'normal', 'normal', 'low']) })], 12],
      [() => [tell('counter', 'COUNT')], 5],
      [() => [tell('counter', 'POISON')], 1],
      [() => [tell('alarm', 'SET', { delayMs: chance.whole(0, 300) })], 6],
      [() => [tell('alarm', 'UNSET', { what: this.#before('set') })], 2],
      [() => [tell('alarm', 'PASS', { delayMs: chance.whole(0, 200) })], 3],
      [() => [tell('alarm', 'WAIT')], 3],
      [() => [tell(doer(), 'DO', { job: this.#job() }, 'do')], 9],
      [() => [tell(doer(), 'ABANDON')], 2],
      [() => [ask('ASK')], 5],
      [() => [ask('LATER', { delayMs: chance.whole(0, 80) })], 3],
      [() => [tell('boss', 'HIRE')], 5],
      [() => [tell('boss', 'FIRE', { what: this.#before('hire') })], 1],
      [() => [tell(chance.pick(WARDS), 'NOTE', {}, 'ward')], 4],
      [() => [tell(chance.pick(WARDS), 'POISON')], 2],
    ])();
    return drawn.map((command) => (command.message.job === undefined ? command : withTag(command)));
  }

  /** A cancellation before, with or behind what it cancels. */
  #cancelled(note: Command, tell: (to: string, type: string, more: Record<string, unknown>) => Command): Command[] {
    const cancel = tell('ledger', 'CANCEL', { priority: 'control', about: note.message.tag });
    return this.#chance.happens(0.5) ? [note, cancel] : [cancel, note];
  }

  #job(): Record<string, unknown> {
    const chance = this.#chance;
    const runMs = chance.happens(0.3) ? chance.between(40, 200) : chance.between(0, 20);
    return {
      idempotent: chance.happens(0.5),
      fails: chance.happens(0.15),
      runMs,
      deadlineMs: chance.happens(0.2) ? 50 : 5_000,
      traceable: chance.happens(0.5),
      obedient: chance.happens(0.6),
    };
  }
}

/** A job carries the name that it was asked for under. */
function withTag(command: Command): Command {
  const { message } = command;
  return { ...command, message: { ...message, job: { ...(message.job as object), tag: message.tag } } };
}
