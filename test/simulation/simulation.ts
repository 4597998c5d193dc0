// One run: a seed, from the first start of a node on an empty disk, through everything that the seed has in store, to rest. What is left then is
// held against what was told (G1–G8).
import { Chance } from './chance.ts';
import { checkAll } from './checks/index.ts';
import { Client } from './clients.ts';
import { SimulatedDisk, type Surroundings } from './disk.ts';
import { type LeftBehind, readLeft } from './left.ts';
import { SimulatedNetwork } from './network.ts';
import { Observed } from './observed.ts';
import { Operator } from './operator.ts';
import { drained, Timeline } from './timeline.ts';
import { Told } from './told.ts';
import { Trace } from './trace.ts';
import { calmed, drawWeather } from './weather.ts';
import { World } from './world.ts';

export interface Violation {
  readonly guarantee: string;
  readonly what: string;
}

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  readonly hash: string;
}

/** With faults that come faster than a node can start, nothing would ever be done. */
const FAULTS_END_MS = 8_000;
const LONGEST_REST_MS = 300_000;
const MOST_STEPS = 60_000;
/** Several times the longest trace of a run: a node that writes more keeps itself busy, as it does when what it has done comes back again and again. */
const MOST_LINES = 30_000;

class Simulation {
  readonly time = new Timeline();
  readonly trace = new Trace(this.time);
  readonly around: Surroundings;
  readonly disk: SimulatedDisk;
  readonly world: World;
  readonly told = new Told();
  readonly observed: Observed;
  readonly operator: Operator;
  readonly clients: readonly Client[];
  readonly violations: Violation[] = [];
  readonly #chance: Chance;
  #steps = 0;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
    const { time, trace } = this;
    this.around = { time, trace, chance: this.#chance.fork(), weather: drawWeather(this.#chance.fork()), mayDie: (owner, where) => this.operator.mayDie(owner, where) };
    this.disk = new SimulatedDisk(this.around);
    this.world = new World(this.around, () => this.disk.store.lastBatch);
    this.observed = new Observed(trace);
    const network = new SimulatedNetwork(this.around);
    this.operator = new Operator({
      around: this.around,
      disk: this.disk,
      network,
      world: this.world,
      told: this.told,
      observe: (life, event) => {
        this.observed.take(life, event);
        this.operator.mayDie(life, `at ${event.kind}`);
      },
      killed: (life, address) => void this.observed.killed.push(`${life.number} ${address}`),
    });
    this.clients = ['a', 'b', 'c'].map((name) => new Client(name, this.around, network, this.told));
  }

  async run(): Promise<void> {
    const { trace, around, operator, clients } = this;
    trace.note(`weather ${JSON.stringify(around.weather)}`);
    operator.begin();
    const said = Promise.all(clients.map((client) => client.say(this.#chance.whole(8, 40))));
    await this.#until(said, FAULTS_END_MS);
    trace.note('faults end');
    around.weather = calmed(around.weather);
    this.disk.downUntil = 0;
    this.disk.flush();
    operator.calm();
    await this.#until(said, LONGEST_REST_MS, 'the clients cannot say all');
    await this.#until(Promise.all(clients.map((client) => client.heard())), LONGEST_REST_MS, 'clients wait for ever');
    const last = clients[0]?.perform({ to: 'ledger', kind: 'tell', message: { type: 'OPEN', tag: 'last' } });
    await this.#until(Promise.resolve(last), LONGEST_REST_MS, 'the last message is not accepted');
    const before = await this.#rest('at rest');
    operator.crashOnceMore();
    const after = await this.#rest('after one more crash');
    if (before !== undefined && after !== undefined) this.violations.push(...checkAll(this, before, after));
  }

  /** Lets everything happen that is still to happen. */
  async #rest(when: string): Promise<LeftBehind | undefined> {
    const until = this.time.now + LONGEST_REST_MS;
    while (await this.#step(until));
    if (this.trace.lines.length >= MOST_LINES) {
      this.violations.push({ guarantee: 'rest', what: `${when} the node keeps itself busy` });
      return undefined;
    }
    const life = this.operator.current;
    if (life?.running === true && life.system.ready) return readLeft(life, this.disk);
    this.violations.push({ guarantee: 'G6', what: `${when} the node is not ready: ${life?.running === true ? life.system.notReady : 'not running'}` });
    return undefined;
  }

  async #until(done: Promise<unknown>, withinMs: number, otherwise?: string): Promise<void> {
    let pending = true;
    void done.then(() => {
      pending = false;
    });
    await drained();
    const until = this.time.now + withinMs;
    while (pending && (await this.#step(until)));
    if (pending && otherwise !== undefined) this.violations.push({ guarantee: 'rest', what: `${otherwise} (${this.time.now.toFixed(0)} ms, ${this.#steps} steps)` });
  }

  async #step(until: number): Promise<boolean> {
    this.#steps += 1;
    return this.#steps < MOST_STEPS && this.trace.lines.length < MOST_LINES && (await this.time.step(until));
  }
}

export type Finished = Pick<Simulation, 'around' | 'told' | 'world' | 'disk' | 'observed' | 'time' | 'operator'>;

/** Never rejects: what is thrown outside everything is a violation too. */
export async function simulate(seed: number): Promise<Outcome> {
  const simulation = new Simulation(seed);
  const { violations, trace } = simulation;
  const unhandled = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' | ') : String(error);
    violations.push({ guarantee: 'unhandled', what: text.replaceAll(/file:\/\/\S*\/(?=[^/]+\/[^/]+\.js)/g, '') });
  };
  process.on('unhandledRejection', unhandled).on('uncaughtException', unhandled);
  try {
    await simulation.run();
  } catch (error) {
    unhandled(error);
  } finally {
    process.off('unhandledRejection', unhandled).off('uncaughtException', unhandled);
  }
  for (const { guarantee, what } of violations) trace.note(`VIOLATION ${guarantee}: ${what}`);
  return { seed, violations, trace: trace.lines, hash: trace.hash };
}
