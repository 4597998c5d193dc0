// The sections `targets` and `drivers` of a fleet file: places whose versions run as processes of this machine, and places that a module of
// their own takes versions to. A place that neither names holds files only.
import { z } from 'zod';
import { SERVICE_LIMITS } from '../gate/execute/containment/limits.ts';
import type { ProcessTarget } from '../process/process-target.ts';
import { knownKeys, type Source, type SourceProblem } from '../source-file/index.ts';

const MINUTE_MS = 60_000;
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What says whose a process is, and what would load code into it. */
const OURS = /^(TROUPE_.*|HOME|TMPDIR|PATH|LD_.*)$/;
const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

const words = z.array(z.string().min(1).max(4_000)).min(1).max(200);
const limit = (least: number, most: number, usual: number) => z.int().min(least).max(most).nullable().default(usual);
const duration = (most: number, least = 0) => z.int().min(least).max(most);

function isOfThisMachine(text: string): boolean {
  const filled = text.replaceAll('{{port}}', '1');
  if (!URL.canParse(filled)) return false;
  const { protocol, hostname, username } = new URL(filled);
  return protocol === 'http:' && LOOPBACK.includes(hostname) && username === '';
}

const variableName = z
  .string()
  .regex(VARIABLE, 'is no name of a variable: letters, digits and _')
  .refine((name) => !OURS.test(name), 'is set by the node itself');

const target = knownKeys({
  name: z.string().regex(NAME, "is no target: a small letter or digit, then at most 39 small letters, digits and '-'"),
  run: words,
  env: z.record(variableName, z.string().max(4_000)).default({}),
  ports: z.array(z.int().min(1).max(65_535)).max(2).default([]),
  health: knownKeys({
    url: z.string().max(2_000).refine(isOfThisMachine, 'is no http URL of this machine: http://127.0.0.1:{{port}}/…').optional(),
    command: words.optional(),
    withinMs: duration(10 * MINUTE_MS, 100).default(30_000),
    everyMs: duration(10 * MINUTE_MS, 100).default(10_000),
    misses: z.int().min(1).max(100).default(3),
  }),
  stop: knownKeys({
    signal: z.enum(SIGNALS).default('SIGTERM'),
    graceMs: duration(10 * MINUTE_MS).default(10_000),
    drainMs: duration(10 * MINUTE_MS).default(0),
    withNode: z.boolean().default(true),
  }).prefault({}),
  limits: knownKeys({
    memoryMb: limit(16, 16_777_216, SERVICE_LIMITS.memoryMb),
    processes: limit(16, 1_000_000, SERVICE_LIMITS.processes),
    fileMb: limit(1, 16_777_216, SERVICE_LIMITS.fileMb),
  }).prefault({}),
  restarts: knownKeys({ intensity: z.int().min(0).max(1_000).default(5), periodMs: duration(60 * MINUTE_MS, 100).default(MINUTE_MS) }).prefault({}),
});

export const targetsSchema = z.array(target).max(100);
type TargetFile = z.infer<typeof target>;

/** A place whose driver is a module of whoever runs the node. */
const driver = knownKeys({
  name: z.string().regex(NAME, "is no target: a small letter or digit, then at most 39 small letters, digits and '-'"),
  module: z.string().min(1).max(1_000),
  options: z.record(z.string(), z.unknown()).default({}),
});
export const driversSchema = z.array(driver).max(100);
export type DriverModule = Readonly<z.infer<typeof driver>>;

export function targetsOf(section: readonly TargetFile[] | undefined): readonly ProcessTarget[] {
  return (section ?? []).map(({ health, ...rest }) => ({ ...rest, health: { ...health, url: health.url ?? null, command: health.command ?? null } }));
}

export function checkDriverNames(source: Source, drivers: readonly DriverModule[] = [], targets: readonly TargetFile[] = []): SourceProblem[] {
  return drivers.flatMap(({ name }, index) =>
    [...targets, ...drivers.slice(0, index)].some((other) => other.name === name) ? [source.problem(['drivers', index, 'name'], `'${name}' is a target already`)] : [],
  );
}

/** `taken`: ports of agents. */
export function checkTargets(source: Source, targets: readonly TargetFile[] | undefined, taken: readonly number[]): SourceProblem[] {
  return (targets ?? []).flatMap((each, index) => {
    const problem = (path: readonly (string | number)[], text: string): SourceProblem => source.problem(['targets', index, ...path], text);
    const before = (targets ?? []).slice(0, index);
    const used = [...taken, ...before.flatMap(({ ports }) => ports)];
    const { url, command } = each.health;
    const texts = [...each.run, ...Object.values(each.env), url ?? '', ...(command ?? [])];
    return [
      ...(before.some(({ name }) => name === each.name) ? [problem(['name'], `'${each.name}' is a target already`)] : []),
      ...((url === undefined) === (command === undefined) ? [problem(['health'], 'names a url or a command: one of them')] : []),
      ...each.ports.flatMap((port, at) => (used.includes(port) || each.ports.indexOf(port) < at ? [problem(['ports', at], `${port} is taken already`)] : [])),
      ...(each.ports.length === 0 && texts.some((text) => text.includes('{{port}}')) ? [problem(['ports'], 'has none, though {{port}} is used')] : []),
    ];
  });
}
