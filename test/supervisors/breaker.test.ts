import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Breaker, breaker } from '../../supervisors/index.ts';

// Opossum reads real time itself; here that time is vitest's.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Outcome = 'ok' | 'down' | 'bad input';
const answer = async (outcome: Outcome): Promise<string> => {
  if (outcome !== 'ok') throw new Error(outcome);
  return 'fine';
};
const options = { resetMs: 1_000, volume: 4, errorThresholdPercentage: 50 };
const OPEN = { code: 'BreakerOpen', message: "'db' failed too often and is left alone; it is tried again within 1000 ms" };

async function fail(circuit: Breaker<Outcome, string>, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await expect(circuit.call('down')).rejects.toThrow('down');
}

describe('a breaker', () => {
  it('lets calls and their errors through while it is closed', async () => {
    const circuit = breaker('db', answer, options);
    expect(await circuit.call('ok')).toBe('fine');
    await fail(circuit, 1);
    expect(circuit.report()).toEqual({ name: 'db', state: 'closed', successes: 1, failures: 1, timeouts: 0, rejected: 0 });
  });

  it('opens after too many failures, and then fails at once without a call', async () => {
    const run = vi.fn(answer);
    const circuit = breaker('db', run, options);
    await fail(circuit, 4);
    expect(circuit.state).toBe('open');
    await expect(circuit.call('ok')).rejects.toMatchObject(OPEN);
    expect(run).toHaveBeenCalledTimes(4);
    expect(circuit.report()).toMatchObject({ state: 'open', failures: 4, rejected: 1 });
  });

  it('does not open on fewer calls than its volume', async () => {
    const circuit = breaker('db', answer, options);
    await fail(circuit, 3);
    expect(circuit.state).toBe('closed');
  });

  it('does not count what the caller did wrong', async () => {
    const circuit = breaker('db', answer, { ...options, expected: (error) => (error as Error).message === 'bad input' });
    for (let n = 0; n < 9; n += 1) await expect(circuit.call('bad input')).rejects.toThrow('bad input');
    expect(circuit.state).toBe('closed');
  });

  it('lets one call try after its reset time: success closes it', async () => {
    const circuit = breaker('db', answer, options);
    await fail(circuit, 4);
    vi.advanceTimersByTime(1_000);
    expect(circuit.state).toBe('half_open');
    const tried = circuit.call('ok');
    await expect(circuit.call('ok')).rejects.toMatchObject(OPEN);
    expect(await tried).toBe('fine');
    expect(circuit.state).toBe('closed');
  });

  it('and failure opens it again', async () => {
    const circuit = breaker('db', answer, options);
    await fail(circuit, 4);
    vi.advanceTimersByTime(1_000);
    await fail(circuit, 1);
    expect(circuit.state).toBe('open');
  });

  it('counts a call that takes too long as failed, and tells it by its signal', async () => {
    const signals: AbortSignal[] = [];
    const hanging = (_input: string, signal: AbortSignal): Promise<string> => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const circuit = breaker('db', hanging, { ...options, volume: 1, timeoutMs: 100 });
    const late = expect(circuit.call('x')).rejects.toMatchObject({ code: 'CallTimeout', message: 'db was not answered within 100 ms; it may still be acted on' });
    vi.advanceTimersByTime(100);
    await late;
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    expect(circuit.report()).toMatchObject({ state: 'open', timeouts: 1 });
  });

  it("does not mistake the dependency's own timeout for its own", async () => {
    const own = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' });
    const circuit = breaker('db', () => Promise.reject(own), options);
    await expect(circuit.call(undefined)).rejects.toBe(own);
  });

  it('tells its changes until nobody listens', async () => {
    const circuit = breaker('db', answer, options);
    const seen: string[] = [];
    const stopListening = circuit.onChange((state) => void seen.push(state));
    await fail(circuit, 4);
    vi.advanceTimersByTime(1_000);
    await circuit.call('ok');
    stopListening();
    await fail(circuit, 1);
    expect(circuit.state).toBe('open');
    expect(seen).toEqual(['open', 'half_open', 'closed']);
  });

  it('once stopped refuses every call', async () => {
    const circuit = breaker('db', answer, options);
    circuit.stop();
    await expect(circuit.call('ok')).rejects.toMatchObject({ code: 'NodeStopped' });
  });
});
