// Fleet files as people write them, YAML or JSON: which agents there are, and how much they may take. Read whole, or refused whole with every problem named.
import { z } from 'zod';
import { AGENT_ROLES, type AgentInput } from '../agent/agent-context.ts';
import { policySectionsSchema, ruleProblems } from '../gate/policy/policy-file.ts';
import type { ProcessTarget } from '../process/process-target.ts';
import { knownKeys, readSource, type Source, type SourceProblem, schemaProblems, suggest } from '../source-file/index.ts';
import { type AuditKeep, auditKeepOf, auditSchema } from './audit-keep.ts';
import type { Fleet } from './built-in-fleet.ts';
import { checkLimits, type FleetLimits, fleetLimits, limitsSchema } from './fleet-limits.ts';
import { checkDriverNames, checkTargets, type DriverModule, driversSchema, targetsOf, targetsSchema } from './targets.ts';
import { type Waiting, waitingOf, waitingSchema } from './waiting.ts';

export type FleetReading =
  | {
      readonly ok: true;
      readonly fleet: Fleet & {
        readonly limits: FleetLimits;
        readonly waiting: Waiting;
        readonly audit: AuditKeep | null;
        readonly targets: readonly ProcessTarget[];
        readonly drivers: readonly DriverModule[];
      };
    }
  | { readonly ok: false; readonly problems: readonly SourceProblem[] };

/** What this version has, and what others are meant to come. */
const DRIVERS: readonly string[] = ['playbook'];
const PLANNED_DRIVERS: readonly string[] = ['claude', 'anthropic', 'openai', 'command'];

/** Fit for addresses, sessions and branch names. */
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
const WORD = /^[a-z0-9][a-z0-9_.-]{0,39}$/;

const agent = knownKeys({
  name: z.string().regex(NAME, "is no agent name: a small letter or digit, then at most 39 small letters, digits and '-'"),
  role: z.enum(AGENT_ROLES).default('worker'),
  title: z.string().trim().min(1).max(80).optional(),
  capabilities: z.array(z.string().regex(WORD, "is no capability: small letters, digits, '-', '_' and '.'")).max(32).default([]),
  driver: z.string().default('playbook'),
  port: z.int().min(1).max(65_535).optional(),
});
const fleetFileSchema = knownKeys({
  agents: z.array(agent).min(1).max(500),
  limits: limitsSchema.optional(),
  waiting: waitingSchema.optional(),
  audit: auditSchema.optional(),
  targets: targetsSchema.optional(),
  drivers: driversSchema.optional(),
  policy: policySectionsSchema.optional(),
});

type AgentFile = z.infer<typeof agent>;

export function readFleet(text: string, { file }: { readonly file: string }): FleetReading {
  const reading = readSource(text, file);
  if (!reading.ok) return reading;
  const { source } = reading;
  const shape = fleetFileSchema.safeParse(source.value);
  if (!shape.success) return { ok: false, problems: schemaProblems(source, shape.error.issues) };
  const { agents, limits, waiting, audit, targets, drivers, policy } = shape.data;
  const ports = agents.flatMap(({ port }) => port ?? []);
  const rules = ruleProblems(source, policy?.rules ?? [], ['policy', 'rules']);
  const problems = [
    ...checkRoles(source, agents),
    ...checkUnique(source, agents),
    ...checkDrivers(source, agents),
    ...checkLimits(source, limits),
    ...checkTargets(source, targets, ports),
    ...checkDriverNames(source, drivers, targets),
    ...rules,
  ];
  const fleet = {
    agents: agents.map(agentInput),
    limits: fleetLimits(limits),
    waiting: waitingOf(waiting),
    audit: auditKeepOf(audit),
    targets: targetsOf(targets),
    drivers: drivers ?? [],
    ...(policy === undefined ? {} : { policy }),
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, fleet };
}

function agentInput({ name, role, title = name, capabilities, driver, port }: AgentFile): AgentInput {
  return { name, role, title, capabilities: [...new Set(capabilities)], driver, port: port ?? null };
}

/** Plans go to the one supervisor agent; the fleet is paused by the one master. */
function checkRoles(source: Source, agents: readonly AgentFile[]): SourceProblem[] {
  const second = (role: string): SourceProblem[] => {
    const [first, ...others] = agents.flatMap((other, index) => (other.role === role ? [{ index, name: other.name }] : []));
    return others.map(({ index }) => source.problem(['agents', index, 'role'], `'${first?.name}' is the ${role} already`));
  };
  const lacking = agents.some(({ role }) => role === 'supervisor') ? [] : [source.problem(['agents'], 'none has the role supervisor, so nobody would take a plan')];
  return [...lacking, ...second('supervisor'), ...second('master')];
}

function checkUnique(source: Source, agents: readonly AgentFile[]): SourceProblem[] {
  return (['name', 'port'] as const).flatMap((field) => {
    const owners = new Map<string | number, number>();
    return agents.flatMap((each, index) => {
      const value = each[field];
      if (value === undefined) return [];
      const owner = owners.get(value);
      if (owner !== undefined) return [source.problem(['agents', index, field], `${value} is the ${field} of agents[${owner}] already`)];
      owners.set(value, index);
      return [];
    });
  });
}

function checkDrivers(source: Source, agents: readonly AgentFile[]): SourceProblem[] {
  return agents.flatMap(({ driver }, index) => {
    if (DRIVERS.includes(driver)) return [];
    const message = PLANNED_DRIVERS.includes(driver) ? `'${driver}' is not there yet: use 'playbook'` : `no driver '${driver}'${suggest(driver, DRIVERS)}`;
    return [source.problem(['agents', index, 'driver'], message)];
  });
}
