// The program under faults as a child process, as its client sees it: orders go in, acknowledgements come out, also the last ones
// before it was killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { eventually } from '../support/node-process.ts';
import type { Order } from './ledger-words.ts';

export interface LedgerProcessOptions {
  readonly program: string;
  /** Of its journal. */
  readonly dir: string;
  /** In a batch, at most. */
  readonly steps: number;
  /** After stops that were not in order messages are suspected of them (K12). */
  readonly careful: boolean;
  onAccepted(id: string): void;
  onRefused?(id: string, code: string): void;
}

const READY_MS = 30_000;

export class LedgerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #errors = '';
  #ready = false;
  #answers: string[] = [];

  constructor({ program, dir, steps, careful, onAccepted, onRefused = () => undefined }: LedgerProcessOptions) {
    this.#child = spawn(process.execPath, [program, dir, String(steps), careful ? 'careful' : ''], { stdio: ['pipe', 'pipe', 'pipe'] });
    // Its end closes the pipes: what it had said until then has been read.
    this.#ended = once(this.#child, 'close');
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#errors += String(text);
    });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const [word, id = '', code = ''] = line.split(' ');
      if (word === 'ok') onAccepted(id);
      else if (word === 'no') onRefused(id, code);
      else if (word === 'ready') this.#ready = true;
      else this.#answers.push(line);
    });
  }

  /** Rejects with what it said on stderr when it ends instead. */
  async ready(): Promise<void> {
    await eventually('the program is ready', () => this.#ready || this.#over(), READY_MS);
    if (!this.#ready) throw new Error(`the program ended with ${this.#child.exitCode ?? this.#child.signalCode}: ${this.#errors}`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  put(order: Order): void {
    this.#write(JSON.stringify(order));
  }

  /** Ends one of its actors. */
  killActor(address: string): void {
    this.#write(`kill ${address}`);
  }

  /** How often the bell has rung over all lives, as its own state says. */
  async count(): Promise<number> {
    return Number(await this.#ask('count'));
  }

  /** `ready`, or why not. */
  state(): Promise<string> {
    return this.#ask('state');
  }

  /** `reason id` of every dead letter of its journal. */
  async deadLetters(): Promise<readonly string[]> {
    return JSON.parse(await this.#ask('dead')) as readonly string[];
  }

  /** How often each actor was restarted in this life. */
  async restarts(): Promise<ReadonlyMap<string, number>> {
    return new Map(JSON.parse(await this.#ask('restarts')) as ReadonlyArray<readonly [string, number]>);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** In order. Rejects unless it says that all went well. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
    if (this.#child.exitCode !== 0) throw new Error(`the program ended with ${this.#child.exitCode ?? this.#child.signalCode}: ${this.#errors}`);
  }

  async #ask(word: string): Promise<string> {
    this.#write(word);
    const answer = await eventually(`an answer to '${word}'`, () => this.#answers.shift() ?? (this.#over() ? `${word} ${this.#errors}` : undefined), READY_MS);
    return answer.slice(word.length + 1);
  }

  #write(line: string): void {
    if (!this.#over()) this.#child.stdin?.write(`${line}\n`);
  }

  #over(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
