// From the kill of a volatile child to its successor running, as its supervisor's telemetry tells. One sample is a quantile of 500.
import { createSystem } from '../../dist/runtime/index.js';
import { supervisor, worker } from '../../dist/supervisors/index.js';
import { quantile } from '../row-result.mjs';
import { interleave } from '../sampling.mjs';
import { counterMachine } from './counter.mjs';

const KILLS = 500;

export async function restart() {
  const root = supervisor({ intensity: 1_000_000, periodMs: 1, children: [worker('counter', counterMachine())] });
  const system = await createSystem({ name: 'bench', root });
  await system.start();
  let started = () => {};
  system.onTelemetry(({ kind }) => {
    if (kind === 'actor.started') started();
  });
  const once = async () => {
    const again = new Promise((resolve) => {
      started = resolve;
    });
    const from = performance.now();
    void system.kill('counter');
    await again;
    return (performance.now() - from) * 1_000;
  };
  const tails = [];
  const ours = async () => {
    const times = [];
    for (let kill = 0; kill < KILLS; kill += 1) times.push(await once());
    tails.push(quantile(times, 0.99));
    return quantile(times, 0.5);
  };
  const { ours: middles } = await interleave({ ours });
  await system.stop();
  return { 'restart.p50': { ours: middles }, 'restart.p99': { ours: tails.slice(-middles.length) } };
}
