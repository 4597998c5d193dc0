// The statecharts that pages show are those that the code has; and a page that shows another one is found.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const check = (...more: string[]): Promise<{ readonly code: number; readonly stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['scripts/docs-charts.mjs', '--check', ...more], { cwd: ROOT }, (error, _stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stderr }));
  });

it('the charts in docs/gate.md and docs/consensus.md are drawn from the machines as they are', async () => {
  expect(await check()).toEqual({ code: 0, stderr: '' });
  for (const page of ['docs/gate.md', 'docs/consensus.md']) expect(readFileSync(`${ROOT}${page}`, 'utf8')).toMatch(/```mermaid\nstateDiagram-v2\n/);
});

it('a machine that goes another way than its page says is found', async () => {
  const { code, stderr } = await check('--planted');
  expect([code, stderr]).toEqual([1, 'docs/gate.md shows another chart than the code has: npm run docs:charts\n']);
});
