// One Erlang VM that runs scenarios, many at once, on OTP's own supervisor.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { erlangLine } from './erlang-terms.ts';
import type { Scenario } from './scenario.ts';

export class ErlangVm {
  readonly #folder: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #histories = new Map<number, string[]>();
  readonly #waiting = new Map<number, (history: readonly string[]) => void>();
  #failed: (why: Error) => void = () => undefined;
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
    this.#child.on('exit', (code) => this.#failed(new Error(`the Erlang VM ended with ${code}: ${said}`)));
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#line(line));
  }

  #line(line: string): void {
    const [number = '', ...words] = line.split('\t');
    const text = words.join('\t');
    const history = this.#histories.get(Number(number));
    if (history === undefined) this.#failed(new Error(`the Erlang VM said: ${line}`));
    else if (text === '.') {
      this.#histories.delete(Number(number));
      this.#waiting.get(Number(number))?.(history);
      this.#waiting.delete(Number(number));
    } else history.push(text);
  }

  /** Rejects when the VM ends or says what nobody understands. */
  run(scenario: Scenario): Promise<readonly string[]> {
    this.#next += 1;
    const number = this.#next;
    this.#histories.set(number, []);
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, resolve);
      const before = this.#failed;
      this.#failed = (why) => {
        before(why);
        reject(why);
      };
      this.#child.stdin.write(erlangLine(number, scenario));
    });
  }

  async close(): Promise<void> {
    this.#failed = () => undefined;
    if (this.#child.exitCode === null) {
      const gone = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
