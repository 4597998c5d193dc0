import { defineConfig } from 'vitest/config';

const slow = ['integration', 'e2e', 'ledger', 'checks', 'install'];
const project = (name: string, include: string[], exclude: string[], timeoutMs: number) => ({
  test: { name, include, exclude, pool: 'forks' as const, testTimeout: timeoutMs, hookTimeout: timeoutMs },
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
      ...slow.map((name) => project(name, [`test/${name}/**/*.test.ts`], [], 900_000)),
    ],
  },
});
