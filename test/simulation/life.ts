// One life of the node: the shipped system over the simulated disk, clock, turns and chance, from its start to its end. Once it is dead
// nothing of it happens any more. One that was only replaced lives on as a zombie for a while.
import { type Clock, createSystem, type System, type TelemetryEvent, type Turns } from '../../runtime/index.ts';
import { castOf } from './cast/index.ts';
import type { SimulatedDisk, Surroundings } from './disk.ts';
import { Door } from './door.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Owner } from './timeline.ts';
import type { Told } from './told.ts';
import type { World } from './world.ts';

export interface LifeOptions {
  readonly number: number;
  readonly around: Surroundings;
  readonly disk: SimulatedDisk;
  readonly network: SimulatedNetwork;
  readonly world: World;
  readonly told: Told;
  readonly observe: (life: Life, event: TelemetryEvent) => void;
  /** Its root has given up, or a newer node owns the journal. */
  readonly ended: (life: Life) => void;
}

export class Life implements Owner {
  alive = true;
  /** Its tree is up and its door open. */
  running = false;
  readonly number: number;
  /** Of two that run at once the one with the higher owns the journal, whichever began first. */
  nodeEpoch = 0;
  readonly around: Surroundings;
  readonly world: World;
  system!: System;
  readonly #options: LifeOptions;
  readonly #door: Door;
  #lastTurn = 0;

  constructor(options: LifeOptions) {
    this.#options = options;
    this.number = options.number;
    this.around = options.around;
    this.world = options.world;
    this.#door = new Door(this, options.network, options.told, options.disk);
  }

  /** Rejects when it could not start. */
  async start(): Promise<void> {
    const { number, around, disk, observe, ended } = this.#options;
    const { chance, weather } = around;
    this.system = await createSystem({
      name: 'simulated',
      root: castOf(this),
      journal: disk.connect(this, `life ${number}`, (epoch) => {
        this.nodeEpoch = epoch;
      }),
      clock: this.#clock(),
      turns: this.#turns(),
      random: chance.fork().next,
      limits: weather.limits,
      residency: weather.residency,
      backlog: weather.backlog,
      careful: { carefulAfter: weather.carefulAfter },
      freeze: weather.freeze,
      onExit: () => ended(this),
    });
    this.system.onTelemetry((event) => void (this.alive && observe(this, event)));
    await this.system.start();
    if (!this.alive) return;
    this.running = true;
    this.#door.open();
  }

  die(): void {
    this.alive = false;
    this.running = false;
    this.#door.close();
  }

  /** Takes nothing new, and ends in order. */
  async stop(): Promise<void> {
    this.running = false;
    this.#door.close();
    await this.system.stop();
  }

  #clock(): Clock {
    const { time } = this.around;
    const bornAt = time.now;
    return { now: () => time.wall, monotonic: () => time.now - bornAt, after: (delayMs, due) => time.after(delayMs, this, due) };
  }

  /** Turns come in order; now and then the node stalls before one. */
  #turns(): Turns {
    const { time, chance } = this.around;
    return {
      soon: (run) => queueMicrotask(() => void (this.alive && run())),
      next: (run) => {
        const at = time.now + (chance.happens(0.01) ? chance.between(2, 40) : chance.between(0.01, 0.1));
        this.#lastTurn = Math.max(at, this.#lastTurn);
        time.after(this.#lastTurn - time.now, this, run);
      },
    };
  }
}
