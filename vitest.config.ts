import { defineConfig } from 'vitest/config';

/** Its files share two processes: there are many of them, and no module of the house keeps state. */
const SHARED = 'unit';
const slow = ['otp', 'consensus', 'integration', 'e2e', 'ledger', 'faults', 'chaos', 'checks', 'install', 'simulation', 'oauth', 'fuzz', 'conformance', 'clients', 'browser'];
/** Of one test. Hundreds of kills take their time. */
const SLOW_MS = process.env.TROUPE_TEST_LONG === undefined ? 900_000 : 3_600_000;
/** What the examples of the docs import by the package's name is the source. */
const resolve = { alias: { troupe: new URL('gateway/embed.ts', import.meta.url).pathname } };
const project = (name: string, include: string[], exclude: string[], timeoutMs: number) => ({
  resolve,
  test: { name, include, exclude, setupFiles: ['test/support/fixed-seed.ts'], pool: 'forks' as const, isolate: name !== SHARED, testTimeout: timeoutMs, hookTimeout: timeoutMs },
});

/** `unit` is what `npm run check` runs; each slower suite is a folder of its own. */
export default defineConfig({
  test: {
    projects: [
      project(
        'unit',
        ['test/**/*.test.ts'],
        slow.map((name) => `test/${name}/**`),
        20_000,
      ),
      ...slow.map((name) => project(name, [`test/${name}/**/*.test.ts`], ['**/node_modules/**'], SLOW_MS)),
    ],
  },
});
