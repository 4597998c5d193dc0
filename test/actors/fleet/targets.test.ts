import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readFleet } from '../../../actors/fleet/fleet-file.ts';
import { problemsText } from '../../../actors/source-file/index.ts';
import { blocksOf } from '../../support/doc-regions.ts';

const HEALTH = "health: { url: 'http://127.0.0.1:{{port}}/health' }";
const file = (...targets: string[]): string => ['agents:', '  - { name: boss, role: supervisor, port: 9001 }', 'targets:', ...targets.map((target) => `  - ${target}`)].join('\n');

const targetsOf = (text: string) => {
  const reading = readFleet(text, { file: 'fleet.yaml' });
  return reading.ok ? reading.fleet.targets : problemsText(reading.problems);
};

describe('a target of the fleet file', () => {
  it('says how its versions run; what it leaves out is given', () => {
    expect(targetsOf(file(`{ name: shop, run: [node, server.mjs], ports: [8400, 8401], ${HEALTH} }`))).toEqual([
      {
        name: 'shop',
        run: ['node', 'server.mjs'],
        env: {},
        ports: [8400, 8401],
        health: { url: 'http://127.0.0.1:{{port}}/health', command: null, withinMs: 30_000, everyMs: 10_000, misses: 3 },
        stop: { signal: 'SIGTERM', graceMs: 10_000, drainMs: 0, withNode: true },
        limits: { memoryMb: 8_192, processes: 4_096, fileMb: 16_384 },
        restarts: { intensity: 5, periodMs: 60_000 },
      },
    ]);
  });

  it.each([
    ['another key', `{ name: shop, run: [node], port: 8400, ${HEALTH} }`, /targets\[0\]\.port: unknown key: did you mean 'ports'\?/],
    ['no program', `{ name: shop, run: [], ${HEALTH} }`, /targets\[0\]\.run: needs at least 1 item/],
    ['a name that leads elsewhere', `{ name: ../shop, run: [node], ${HEALTH} }`, /targets\[0\]\.name: is no target/],
    ['no health', '{ name: shop, run: [node] }', /targets\[0\]\.health: is missing/],
    [
      'two kinds of health',
      "{ name: shop, run: [node], ports: [8400], health: { url: 'http://127.0.0.1:8400/', command: ['true'] } }",
      /health: names a url or a command: one of them/,
    ],
    ['health of another machine', "{ name: shop, run: [node], health: { url: 'http://example.org/' } }", /targets\[0\]\.health\.url: is no http URL of this machine/],
    ['a port without a port', `{ name: shop, run: [node], ${HEALTH} }`, /targets\[0\]\.ports: has none, though \{\{port\}\} is used/],
    ['the port of an agent', `{ name: shop, run: [node], ports: [9001], ${HEALTH} }`, /targets\[0\]\.ports\[0\]: 9001 is taken already/],
    [
      'a variable that says whose it is',
      `{ name: shop, run: [node], env: { TROUPE_OWNER: x }, ports: [8400], ${HEALTH} }`,
      /targets\[0\]\.env\.TROUPE_OWNER: is set by the node itself/,
    ],
    ['a signal that is none', `{ name: shop, run: [node], ports: [8400], stop: { signal: SIGKIL }, ${HEALTH} }`, /targets\[0\]\.stop\.signal: 'SIGKIL' is not one of them/],
  ])('is refused with %s, where it stands', (_what, target, words) => {
    expect(targetsOf(file(target))).toMatch(words);
  });

  it('has limits of its own, or none', () => {
    expect(targetsOf(file(`{ name: shop, run: [node], ports: [8400], limits: { memoryMb: 512, fileMb: null }, ${HEALTH} }`))).toMatchObject([
      { limits: { memoryMb: 512, processes: 4_096, fileMb: null } },
    ]);
    expect(targetsOf(file(`{ name: shop, run: [node], ports: [8400], limits: { memoryMb: 0 }, ${HEALTH} }`))).toMatch(/targets\[0\]\.limits\.memoryMb: /);
  });

  it('is refused when another has its name or its port', () => {
    const one = `{ name: shop, run: [node], ports: [8400], ${HEALTH} }`;
    expect(targetsOf(file(one, one))).toMatch(/targets\[1\]\.name: 'shop' is a target already[\s\S]*targets\[1\]\.ports\[0\]: 8400 is taken already/);
  });

  it('is shown in docs/fleet-file.md as it may be written', () => {
    const example = blocksOf('docs/fleet-file.md').find(({ text }) => text.startsWith('targets:'));
    expect(targetsOf(`agents: [{ name: boss, role: supervisor }]\n${example?.text}`)).toMatchObject([{ name: 'shop' }]);
    const page = readFileSync(new URL('../../../docs/fleet-file.md', import.meta.url), 'utf8');
    for (const field of [
      'name',
      'run',
      'env',
      'ports',
      'health.url',
      'health.command',
      'health.withinMs',
      'stop.signal',
      'stop.graceMs',
      'stop.drainMs',
      'stop.withNode',
      'limits.memoryMb',
      'limits.processes',
      'limits.fileMb',
      'restarts.intensity',
    ])
      expect(page).toContain(`| \`${field}\` |`);
  });
});
