// A drill's report for people: what was done to the node, what was found wrong, and the one line that counts.
import { table } from '../cli/table.ts';
import type { DrillReport } from './drill.ts';

/** Nothing of what is promised was broken. */
export function isWhole({ lost, doubled, late, disordered, flaws }: DrillReport): boolean {
  return [lost, doubled, late, disordered, flaws].every((list) => list.length === 0);
}

export function drillText(report: DrillReport): string {
  const { faults, counts, refusals, lost, doubled, late, disordered, flaws } = report;
  const rows = faults.map(({ fault, times, longestMs, missing }) => [fault, missing === null ? times : '-', missing === null ? `${longestMs} ms` : `not here: ${missing}`]);
  const wrong = [
    ...flaws,
    ...(
      [
        ['lost', lost],
        ['doubled', doubled],
        ['late', late],
        ['out of order', disordered],
      ] as const
    ).flatMap(([what, list]) => list.map((one) => `${what}: ${one}`)),
  ];
  const again = Object.entries(refusals).map(([code, times]) => `${code} ${times}`);
  return [
    table(['fault', 'times', 'until it answered again, at most'], rows, 'no faults'),
    '',
    ...wrong.map((line) => `VIOLATION  ${line}`),
    `calls made again: ${again.join(', ') || 'none'}`,
    Object.entries(counts)
      .map(([what, count]) => `${what} ${count}`)
      .join('  '),
    `lost ${lost.length} doubled ${doubled.length} late ${late.length}`,
  ].join('\n');
}
