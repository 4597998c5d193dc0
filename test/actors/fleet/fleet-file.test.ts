import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtInFleet } from '../../../actors/fleet/built-in-fleet.ts';
import { readFleet } from '../../../actors/fleet/fleet-file.ts';
import { DEFAULT_LIMITS, limitsSchema } from '../../../actors/fleet/fleet-limits.ts';
import { DEFAULT_WAITING } from '../../../actors/fleet/waiting.ts';
import { problemsText } from '../../../actors/source-file/index.ts';
import { blocksOf } from '../../support/doc-regions.ts';

const problems = (text: string): string[] => {
  const reading = readFleet(text, { file: 'fleet.yaml' });
  return reading.ok ? [] : problemsText(reading.problems).split('\n');
};
const fleet = (...agents: string[]): string => ['agents:', ...agents.map((agent) => `  - ${agent}`)].join('\n');
const BOSS = '{ name: boss, role: supervisor }';

describe('a fleet file', () => {
  it('gives each agent what it leaves out', () => {
    expect(readFleet(fleet(BOSS, '{ name: coder, capabilities: [code, code], port: 9001 }'), { file: 'f' })).toEqual({
      ok: true,
      fleet: {
        agents: [
          { name: 'boss', role: 'supervisor', title: 'boss', capabilities: [], driver: 'playbook', port: null },
          { name: 'coder', role: 'worker', title: 'coder', capabilities: ['code'], driver: 'playbook', port: 9001 },
        ],
        limits: DEFAULT_LIMITS,
        waiting: DEFAULT_WAITING,
        audit: null,
        targets: [],
        drivers: [],
      },
    });
  });

  it('that ships with the examples is the built-in fleet', () => {
    const text = readFileSync(new URL('../../../examples/fleet.yaml', import.meta.url), 'utf8');
    expect(readFleet(text, { file: 'fleet.yaml' })).toEqual({
      ok: true,
      fleet: { ...builtInFleet(), limits: DEFAULT_LIMITS, waiting: DEFAULT_WAITING, audit: null, targets: [], drivers: [] },
    });
  });

  it('the built-in fleet has the nine agents on the ports that the outside knows', () => {
    expect(Object.fromEntries(builtInFleet().agents.map(({ name, port }) => [name, port]))).toEqual({
      master: 8088,
      supervisor: 8089,
      'backend-api': 8090,
      database: 8091,
      'frontend-ui': 8092,
      instagram: 8093,
      testing: 8094,
      'queue-manager': 8095,
      deployment: 8096,
    });
  });

  it('sets how much is kept in memory and how much may wait; what it leaves out is as it was', () => {
    const limits = (text: string) => {
      const reading = readFleet(`${fleet(BOSS)}\nlimits: ${text}`, { file: 'f' });
      return reading.ok ? reading.fleet.limits : reading;
    };
    expect(limits('{}')).toEqual(DEFAULT_LIMITS);
    expect(limits('{ maxResident: 50, passivateAfterMs: 60000, maxMailbox: 200, pauseAbove: 20 }')).toEqual({
      residency: { maxResident: 50, passivateAfterMs: 60_000 },
      mailboxes: { maxMailbox: 200, pauseAbove: 20 },
    });
    expect(limits('{ maxMailbox: 30 }')).toEqual({ ...DEFAULT_LIMITS, mailboxes: { maxMailbox: 30, pauseAbove: 30 } });
  });

  it('is shown in docs/fleet-file.md as it may be written, with each limit and its default', () => {
    const [example] = blocksOf('docs/fleet-file.md');
    expect(problems(example?.text ?? '')).toEqual([]);
    const page = readFileSync(new URL('../../../docs/fleet-file.md', import.meta.url), 'utf8');
    const defaults: Readonly<Record<string, number>> = { ...DEFAULT_LIMITS.residency, ...DEFAULT_LIMITS.mailboxes };
    for (const limit of Object.keys(limitsSchema.shape)) expect(page).toContain(`| \`limits.${limit}\` | ${defaults[limit]?.toLocaleString('en')} |`);
  });

  it('says how long facts stay in the journal; without it they stay for ever', () => {
    const audit = (text: string) => {
      const reading = readFleet(`${fleet(BOSS)}\naudit: ${text}`, { file: 'f' });
      return reading.ok ? reading.fleet.audit : reading.problems.map(({ field }) => field);
    };
    expect(audit('{ keepDays: 90 }')).toEqual({ days: 90, facts: null });
    expect(audit('{ keepDays: 90, keepFacts: 100000 }')).toEqual({ days: 90, facts: 100_000 });
    expect(audit('{}')).toBeNull();
    expect(audit('{ keepDays: 0, keepFacts: 999 }')).toEqual(['audit.keepDays', 'audit.keepFacts']);
    expect(audit('{ keepdays: 3 }')).toEqual([expect.stringContaining('audit')]);
  });

  it('says whom to tell that an approval waits, and when that is an alert', () => {
    const waiting = (text: string) => {
      const reading = readFleet(`${fleet(BOSS)}\nwaiting: ${text}`, { file: 'f' });
      return reading.ok ? reading.fleet.waiting : reading.problems.map(({ field, message }) => `${field}: ${message}`);
    };
    expect(waiting('{}')).toEqual(DEFAULT_WAITING);
    const webhook = { url: 'https://chat.example/hook', secretFile: 'secret' };
    expect(waiting(JSON.stringify({ webhook, alertAfterMs: 60_000 }))).toEqual({ webhook, alertAfterMs: 60_000 });
    expect(waiting(JSON.stringify({ webhook: { ...webhook, url: 'http://127.0.0.1:8080/' } }))).toMatchObject({ webhook: { url: 'http://127.0.0.1:8080/' } });
    for (const url of ['http://chat.example/', 'https://ann:pw@chat.example/', 'ftp://x/', 'chat'])
      expect(waiting(JSON.stringify({ webhook: { ...webhook, url } }))).toEqual([
        'waiting.webhook.url: is no https URL (http only to this machine, and no name or password in it)',
      ]);
    expect(waiting(JSON.stringify({ webhook: { url: webhook.url } }))).toEqual([expect.stringContaining('waiting.webhook.secretFile')]);
    expect(waiting(JSON.stringify({ webhook: { ...webhook, secret: 'x' } }))).toEqual([expect.stringContaining('unknown key')]);
  });

  it.each([
    ['no agents', 'agents: []', 'fleet.yaml:1:9: agents: needs at least 1 item'],
    ['an unknown key', fleet(BOSS, '{ name: a, prot: 1 }'), "fleet.yaml:3:16: agents[1].prot: unknown key: did you mean 'port'?"],
    ['a mistyped role', fleet('{ name: a, role: supervisr }'), "fleet.yaml:2:22: agents[0].role: 'supervisr' is not one of them: did you mean 'supervisor'?"],
    ['a name twice', fleet(BOSS, '{ name: boss }'), 'fleet.yaml:3:13: agents[1].name: boss is the name of agents[0] already'],
    ['a port twice', fleet(BOSS, '{ name: a, port: 1 }', '{ name: b, port: 1 }'), 'fleet.yaml:4:22: agents[2].port: 1 is the port of agents[1] already'],
    ['a port that is none', fleet('{ name: boss, role: supervisor, port: 70000 }'), 'fleet.yaml:2:43: agents[0].port: must be at most 65535'],
    [
      'a name that fits no address',
      fleet('{ name: Big Boss, role: supervisor }'),
      "fleet.yaml:2:13: agents[0].name: is no agent name: a small letter or digit, then at most 39 small letters, digits and '-'",
    ],
    [
      'a capability that is none',
      fleet('{ name: a, role: supervisor, capabilities: ["a b"] }'),
      "fleet.yaml:2:49: agents[0].capabilities[0]: is no capability: small letters, digits, '-', '_' and '.'",
    ],
    ['a driver to come', fleet(BOSS, '{ name: a, driver: claude }'), "fleet.yaml:3:24: agents[1].driver: 'claude' is not there yet: use 'playbook'"],
    ['a mistyped driver', fleet(BOSS, '{ name: a, driver: playbok }'), "fleet.yaml:3:24: agents[1].driver: no driver 'playbok': did you mean 'playbook'?"],
    ['nobody to take plans', fleet('{ name: a }'), 'fleet.yaml:2:3: agents: none has the role supervisor, so nobody would take a plan'],
    ['two supervisors', fleet(BOSS, '{ name: b, role: supervisor }'), "fleet.yaml:3:22: agents[1].role: 'boss' is the supervisor already"],
    ['two masters', fleet(BOSS, '{ name: a, role: master }', '{ name: b, role: master }'), "fleet.yaml:4:22: agents[2].role: 'a' is the master already"],
    ['a limit that is none', `${fleet(BOSS)}\nlimits: { maxResident: 0 }`, 'fleet.yaml:3:24: limits.maxResident: must be at least 1'],
    ['a mistyped limit', `${fleet(BOSS)}\nlimits: { maxMailbx: 5 }`, "fleet.yaml:3:11: limits.maxMailbx: unknown key: did you mean 'maxMailbox'?"],
    ['a limit in words', `${fleet(BOSS)}\nlimits: { maxMailbox: many }`, "fleet.yaml:3:23: limits.maxMailbox: must be a number, not 'many'"],
    [
      'a pause that comes behind the refusal',
      `${fleet(BOSS)}\nlimits: { maxMailbox: 100, pauseAbove: 101 }`,
      'fleet.yaml:3:40: limits.pauseAbove: must be at most maxMailbox, which is 100',
    ],
  ])('is refused for %s', (_what, text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });
});
