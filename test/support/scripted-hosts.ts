// Hosts of a test: each call waits until the test answers it, or is answered by a script; sessions come and go on command.
import type { Hosts } from '../../actors/work/ports.ts';

export interface HostCall {
  readonly agent: string;
  readonly method: string;
  readonly params: unknown;
  readonly signal: AbortSignal;
  answer(value: unknown): void;
  fail(code: string): void;
}

export type HostScript = (call: Omit<HostCall, 'answer' | 'fail'>) => Promise<unknown> | undefined;

export class ScriptedHosts implements Hosts {
  readonly calls: HostCall[] = [];
  readonly notes: Array<{ readonly agent: string; readonly method: string; readonly params: unknown }> = [];
  /** Agents whose host an earlier node started. */
  readonly survivors = new Set<string>();
  readonly #gone = new Set<string>();
  /** Answers a call at once when it returns a promise. */
  script: HostScript = () => undefined;

  call(agent: string, method: string, params: unknown, options: { readonly signal: AbortSignal }): Promise<unknown> {
    const { signal } = options;
    const scripted = this.script({ agent, method, params, signal });
    if (scripted !== undefined) return scripted;
    return new Promise((resolve, reject) => {
      const fail = (code: string): void => reject(Object.assign(new Error(code), { code }));
      signal.addEventListener('abort', () => fail('Aborted'));
      this.calls.push({ agent, method, params, signal, answer: resolve, fail });
    });
  }
  notify(agent: string, method: string, params: unknown): void {
    this.notes.push({ agent, method, params });
  }
  connected(agent: string): boolean {
    return !this.#gone.has(agent);
  }
  outlived(agent: string): boolean {
    return this.survivors.has(agent);
  }
  disconnect(agent: string): void {
    this.#gone.add(agent);
  }
  connect(agent: string): void {
    this.#gone.delete(agent);
  }
  /** The calls of one method, in order. */
  of(method: string): HostCall[] {
    return this.calls.filter((call) => call.method === method);
  }
}
