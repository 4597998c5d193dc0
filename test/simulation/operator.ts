// Whoever runs the node: starts it again when it has ended, and is the hand of fate: crashes, power cuts, takeovers, orderly stops, killed
// actors, steps of wall time, spells of a disk that does not answer.
import type { TelemetryEvent } from '../../runtime/index.ts';
import type { Chance } from './chance.ts';
import type { SimulatedDisk, Surroundings } from './disk.ts';
import { Life } from './life.ts';
import type { SimulatedNetwork } from './network.ts';
import { ALWAYS, type Owner } from './timeline.ts';
import type { Told } from './told.ts';
import type { World } from './world.ts';

type End = 'death' | 'power' | 'takeover' | 'stop';
/** Those that have something running more often than others. */
const KILLED = [
  'ledger',
  'relay',
  'counter',
  'alarm',
  'doer-a',
  'doer-a',
  'doer-a',
  'doer-b',
  'doer-b',
  'doer-b',
  'desk',
  'boss',
  'ward/one',
  'ward/two',
  'ward/three',
  'ward',
  'crew',
  'mirror',
];
const LONGEST_STOP_MS = 4_000;

export interface OperatorOptions {
  readonly around: Surroundings;
  readonly disk: SimulatedDisk;
  readonly network: SimulatedNetwork;
  readonly world: World;
  readonly told: Told;
  readonly observe: (life: Life, event: TelemetryEvent) => void;
  readonly killed: (life: Life, address: string) => void;
}

export class Operator {
  current: Life | undefined;
  readonly lives: Life[] = [];
  readonly #options: OperatorOptions;
  readonly #chance: Chance;
  #faults = true;
  #starting = false;

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.#chance = options.around.chance.fork();
  }

  begin(): void {
    const { crash, kill, step, spell } = this.#options.around.weather.every;
    this.#startIn(0);
    this.#again(crash, () =>
      this.#end(
        this.#chance.weigh<End>([
          ['death', 5],
          ['power', 3],
          ['takeover', 2],
          ['stop', 2],
        ]),
      ),
    );
    this.#again(kill, () => this.#kill());
    this.#again(step, () => this.#step());
    this.#again(spell, () => this.#spell());
  }

  /** A moment inside the kernel at which the node may die. True: it just has. */
  mayDie(owner: Owner, where: string): boolean {
    const { weather } = this.#options.around;
    if (!(owner instanceof Life) || owner !== this.current || !owner.alive || !this.#chance.happens(weather.suddenDeath)) return false;
    this.#die(owner, `dies ${where}`);
    return true;
  }

  /** No faults any more. Zombies go, and the node comes up if it is down. */
  calm(): void {
    this.#faults = false;
    for (const life of this.lives) if (life !== this.current && life.alive) this.#bury(life);
    if (this.current === undefined) this.#startIn(1);
  }

  /** One more crash, when all is at rest. */
  crashOnceMore(): void {
    if (this.current !== undefined) this.#die(this.current, 'is ended after all is done');
  }

  /** A life that gave up by itself. */
  #ended(life: Life): void {
    this.#options.around.trace.note(`life ${life.number} has ended by itself`);
    this.#bury(life);
    if (this.current === life) this.#startIn(this.#chance.between(1, 60));
  }

  #startIn(delayMs: number): void {
    this.current = undefined;
    if (this.#starting) return;
    this.#starting = true;
    this.#options.around.time.after(delayMs, ALWAYS, () => {
      this.#starting = false;
      void this.#start();
    });
  }

  async #start(): Promise<void> {
    const { around, observe, disk, network, world, told } = this.#options;
    const number = this.lives.length + 1;
    const life = new Life({ number, around, disk, network, world, told, observe, ended: (ended) => this.#ended(ended) });
    this.lives.push(life);
    this.current = life;
    around.trace.note(`life ${number} begins`);
    try {
      await life.start();
    } catch (error) {
      around.trace.note(`life ${number} could not start: ${String(error)}`);
      this.#ended(life);
    }
  }

  #end(how: End): void {
    const life = this.current;
    if (life === undefined) return;
    if (how === 'death') this.#die(life, 'dies');
    else if (how === 'power') this.#losePower();
    else if (how === 'takeover') this.#takeOver(life);
    else if (life.running) void this.#stop(life);
  }

  #die(life: Life, how: string): void {
    this.#options.around.trace.note(`life ${life.number} ${how}`);
    this.#bury(life);
    this.#startIn(this.#chance.between(0.5, 150));
  }

  #bury(life: Life): void {
    if (!life.alive) return;
    life.die();
    this.#options.disk.cut(life);
    this.#options.world.cut(life);
  }

  /** Everything on the machine goes. */
  #losePower(): void {
    const { disk, world, told, around } = this.#options;
    for (const life of this.lives) this.#bury(life);
    this.current = undefined;
    around.time.after(0.1, ALWAYS, () => {
      const last = disk.losePower();
      if (last === undefined) return;
      told.forget(last);
      world.forget(last);
    });
    this.#startIn(this.#chance.between(1, 150));
  }

  /** A second node comes up while the first goes on: a zombie from then on. */
  #takeOver(life: Life): void {
    const { time, trace } = this.#options.around;
    trace.note(`life ${life.number} is to be replaced while it goes on`);
    time.after(this.#chance.between(20, 400), ALWAYS, () => this.#bury(life));
    this.#startIn(0);
  }

  async #stop(life: Life): Promise<void> {
    const { time, trace } = this.#options.around;
    trace.note(`life ${life.number} is stopped in order`);
    time.after(LONGEST_STOP_MS, life, () => this.#die(life, 'does not stop, and is killed'));
    await life.stop().catch((error: unknown) => trace.note(`life ${life.number} did not stop in order: ${String(error)}`));
    if (!life.alive || this.current !== life) return;
    trace.note(`life ${life.number} has stopped`);
    this.#bury(life);
    this.#startIn(this.#chance.between(1, 100));
  }

  #kill(): void {
    const life = this.current;
    if (life?.running !== true) return;
    const address = this.#chance.pick(KILLED);
    if (life.system.inspect(address) === undefined) return;
    this.#options.around.trace.note(`life ${life.number}: ${address} is killed`);
    this.#options.killed(life, address);
    void life.system.kill(address, this.#chance.pick(['brutal_kill', 'crash'])).catch(() => undefined);
  }

  #step(): void {
    const ms = this.#chance.pick([-60_000, -400, -50, 50, 400, 60_000]);
    this.#options.around.time.stepWall(ms);
    this.#options.around.trace.note(`wall time steps by ${ms}`);
  }

  #spell(): void {
    const { time, trace } = this.#options.around;
    const ms = this.#chance.between(10, 900);
    this.#options.disk.downUntil = time.now + ms;
    trace.note(`disk: does not answer for ${ms.toFixed(0)} ms`);
  }

  #again(everyMs: number, happen: () => void): void {
    if (everyMs === Number.POSITIVE_INFINITY) return;
    this.#options.around.time.after(this.#chance.between(0.2, 1.8) * everyMs, ALWAYS, () => {
      if (!this.#faults) return;
      happen();
      this.#again(everyMs, happen);
    });
  }
}
