// The node under drill: the shipped program as a child process, started again after each death, with a record of when it was away.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { builtProgram, type Clock } from '../../runtime/index.ts';
import { findNode, type NodeClient } from '../cli/node-client.ts';
import { pause } from '../node/wait-until.ts';
import type { DrillPlace } from './drill-place.ts';

/** Wall times, ms. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

const READY_MS = 60_000;
const STOP_MS = 40_000;
const LOOK_EVERY_MS = 20;
const KEPT_ERRORS = 4_000;

export class DrilledNode {
  readonly #place: DrillPlace;
  readonly #clock: Clock;
  readonly outages: Outage[] = [];
  starts = 0;
  #child: ChildProcess | undefined;
  #said = '';
  #errors = '';
  #wanted = false;

  constructor(place: DrillPlace, clock: Clock) {
    this.#place = place;
    this.#clock = clock;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** It ended though nobody ended it: what it said at last. */
  get fell(): string | undefined {
    return this.#wanted && this.#over() ? `ended with ${this.#child?.exitCode ?? this.#child?.signalCode}: ${this.#errors.trim()}` : undefined;
  }

  /** Throws `NodeUnreachable` while it is away. */
  client(person: string): NodeClient {
    return findNode(this.#place.data, person);
  }

  /** Resolves once it has said ready; rejects with what it said otherwise. */
  async start(): Promise<void> {
    this.begin();
    const until = this.#clock.monotonic() + READY_MS;
    while (!this.#isReady()) {
      if (this.#over() || this.#clock.monotonic() > until) throw new Error(`the node is not ready: ${this.#errors.trim()}`);
      await pause(this.#clock, LOOK_EVERY_MS);
    }
    this.#wanted = true;
  }

  /** Starts it and looks no further. */
  begin(): void {
    this.starts += 1;
    this.#said = '';
    this.#errors = '';
    // A group of its own: Ctrl-C is for the drill, which then ends it.
    const child = spawn(process.execPath, [builtProgram('gateway/cli/troupe'), 'up', '--json'], {
      cwd: this.#place.home,
      // Its clients ask as often as they can.
      env: { ...this.#place.env, TROUPE_REQUESTS_PER_MINUTE: 'off' },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (text: Buffer) => {
      this.#said += String(text);
    });
    child.stderr.on('data', (text: Buffer) => {
      this.#errors = (this.#errors + String(text)).slice(-KEPT_ERRORS);
    });
    this.#child = child;
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async kill(): Promise<void> {
    this.#wanted = false;
    this.signal('SIGKILL');
    await this.#ended(STOP_MS);
  }

  /** In order. Resolves with its exit code; null when it had to be killed. */
  async stop(): Promise<number | null> {
    if (this.#child === undefined) return 0;
    this.#wanted = false;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    await this.#ended(STOP_MS);
    if (!this.#over()) await this.kill();
    return this.#child.exitCode;
  }

  #isReady(): boolean {
    return this.#said.trimEnd().endsWith('}') && existsSync(this.#place.data);
  }

  #over(): boolean {
    return this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #ended(withinMs: number): Promise<void> {
    const until = this.#clock.monotonic() + withinMs;
    while (!this.#over() && this.#clock.monotonic() < until) await pause(this.#clock, LOOK_EVERY_MS);
  }
}
