// One Erlang VM that runs scenarios, many at once, on OTP's own supervisor.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { erlangLine } from './erlang-terms.ts';
import type { Scenario } from './scenario.ts';

interface Waiting {
  readonly line: string;
  times: number;
  resolve(history: readonly string[]): void;
  reject(why: Error): void;
}

/** A scenario that is late is run again so often. */
const MOST_TIMES = 4;

export class ErlangVm {
  readonly #folder: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #histories = new Map<number, string[]>();
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  /** `driver` is the path of otp_driver.erl. */
  constructor(driver: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'troupe-otp-'));
    const compiled = spawnSync('erlc', ['-o', this.#folder, driver], { encoding: 'utf8' });
    if (compiled.status !== 0) throw new Error(`erlc: ${compiled.error?.message ?? compiled.stdout + compiled.stderr}`);
    // One scheduler: what one death leads to happens in one order.
    this.#child = spawn('erl', ['+S', '1:1', '-noshell', '-pa', this.#folder, '-s', 'otp_driver', 'main'], { env: { ...process.env, HOME: this.#folder } });
    let said = '';
    this.#child.stderr.on('data', (text) => {
      said += text;
    });
    this.#child.on('exit', (code) => this.#fail(new Error(`the Erlang VM ended with ${code}: ${said}`)));
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#line(line));
  }

  #line(line: string): void {
    const [number = '', ...words] = line.split('\t');
    const text = words.join('\t');
    const history = this.#histories.get(Number(number));
    if (history === undefined) this.#fail(new Error(`the Erlang VM said: ${line}`));
    else if (text === 'late') this.#again(Number(number));
    else if (text === '.') {
      this.#histories.delete(Number(number));
      this.#waiting.get(Number(number))?.resolve(history);
      this.#waiting.delete(Number(number));
    } else history.push(text);
  }

  /** Rejects when the VM ends or says what nobody understands. */
  run(scenario: Scenario): Promise<readonly string[]> {
    this.#next += 1;
    const number = this.#next;
    this.#histories.set(number, []);
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { line: erlangLine(number, scenario), times: 0, resolve, reject });
      this.#again(number);
    });
  }

  /** Run by run when the machine was too busy for OTP to keep its times. */
  #again(number: number): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    waiting.times += 1;
    if (waiting.times <= MOST_TIMES) this.#child.stdin.write(waiting.line);
    else waiting.reject(new Error(`the machine is too busy: a scenario ran ${MOST_TIMES} times late`));
  }

  #fail(why: Error): void {
    for (const { reject } of this.#waiting.values()) reject(why);
  }

  async close(): Promise<void> {
    this.#waiting.clear();
    if (this.#child.exitCode === null) {
      const gone = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
