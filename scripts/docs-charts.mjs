// npm run docs:charts: draws the statecharts that pages explain, from the machines themselves. With --check it changes nothing and exits 1 when a
// page shows another chart than the code has; with --planted besides, the code has one that is wrong on purpose.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { drawChart } from './chart.mjs';
import { stripTypes } from './strip-types.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A machine is made for its shape: none of these is ever asked for anything. */
const SERVICES = { clock: { now: () => 0 }, random: () => 0, webhook: null };

const CHARTS = [
  { name: 'request', file: 'actors/request/request.machine.js', make: 'requestMachine', page: 'docs/gate.md' },
  { name: 'approval', file: 'actors/approval/approval.machine.js', make: 'approvalMachine', page: 'docs/gate.md' },
  { name: 'round', file: 'actors/consensus/round.machine.js', make: 'roundMachine', page: 'docs/consensus.md' },
  { name: 'deployment', file: 'actors/deployment/deployment.machine.js', make: 'deploymentMachine', page: 'docs/deployments.md' },
  { name: 'guest', file: 'actors/guest/guest.machine.js', make: 'guestMachine', page: 'docs/guests.md' },
  { name: 'ballot', file: 'actors/consensus/ballot.machine.js', make: 'ballotMachine', page: 'docs/consensus.md' },
];

/** Executes what nobody granted. */
const PLANTED = { file: 'actors/approval/approval.machine.ts', replace: "USE: [{ guard: 'mayBegin', target: 'in_use', actions", with: "USE: [{ target: 'in_use', actions" };

const blockOf = (name) => new RegExp(`(<!-- chart of ${name} -->\n\`\`\`mermaid\n)[\\s\\S]*?(\`\`\`)`);

async function chartOf(folder, { file, make }) {
  const module = await import(pathToFileURL(join(folder, file)).href);
  return drawChart(module[make](SERVICES));
}

async function pagesWithCharts(folder) {
  const pages = new Map();
  for (const chart of CHARTS) {
    const before = pages.get(chart.page) ?? readFileSync(join(ROOT, chart.page), 'utf8');
    if (!blockOf(chart.name).test(before)) throw new Error(`${chart.page} has no place for the chart of ${chart.name}`);
    const drawn = await chartOf(folder, chart);
    pages.set(
      chart.page,
      before.replace(blockOf(chart.name), (_, start, end) => `${start}${drawn}\n${end}`),
    );
  }
  return pages;
}

const folder = mkdtempSync(join(tmpdir(), 'troupe-charts-'));
try {
  stripTypes({ root: ROOT, into: folder, sources: ['runtime', 'supervisors', 'transports', 'actors'], replacements: process.argv.includes('--planted') ? [PLANTED] : [] });
  for (const [page, text] of await pagesWithCharts(folder)) {
    const same = readFileSync(join(ROOT, page), 'utf8') === text;
    if (process.argv.includes('--check')) {
      if (same) continue;
      console.error(`${page} shows another chart than the code has: npm run docs:charts`);
      process.exitCode = 1;
    } else if (!same) writeFileSync(join(ROOT, page), text);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
