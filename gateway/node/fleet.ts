// Which agents a node has and how much they may take: the fleet file if there is one, else the nine that are built in.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { AgentInput } from '../../actors/agent/agent-context.ts';
import type { AuditKeep } from '../../actors/fleet/audit-keep.ts';
import { builtInFleet } from '../../actors/fleet/built-in-fleet.ts';
import { readFleet } from '../../actors/fleet/fleet-file.ts';
import { DEFAULT_LIMITS, type FleetLimits } from '../../actors/fleet/fleet-limits.ts';
import type { DriverModule } from '../../actors/fleet/targets.ts';
import { DEFAULT_WAITING, type Waiting } from '../../actors/fleet/waiting.ts';
import { type Policy, shippedPolicy } from '../../actors/gate/index.ts';
import type { ProcessTarget } from '../../actors/process/process-target.ts';
import { problemsText } from '../../actors/source-file/index.ts';
import { codedError } from '../../runtime/index.ts';
import { readText } from '../private-file.ts';

/** What `troupe init` writes, and `troupe up` finds in the folder it is started in. */
export const FLEET_FILE = 'troupe.yaml';

export interface Fleet {
  readonly agents: readonly AgentInput[];
  readonly limits: FleetLimits;
  /** What is done about approvals that wait. */
  readonly waiting: Waiting;
  /** How long facts stay in the journal; null: for ever. */
  readonly audit: AuditKeep | null;
  /** Places whose versions run as processes. */
  readonly targets: readonly ProcessTarget[];
  /** Places of drivers of their own; their modules absolute. */
  readonly drivers: readonly DriverModule[];
  /** What the gate judges and asks by. */
  readonly policy: Policy;
  /** For people. */
  readonly from: string;
}

/** Throws `InvalidFleet` or `InvalidPolicy` with file, line and field, or `UnreadableFile`. */
export function loadFleet(fleetFile: string | null, cwd: string): Fleet {
  const file = fleetFile ?? (existsSync(join(cwd, FLEET_FILE)) ? join(cwd, FLEET_FILE) : null);
  if (file === null)
    return {
      agents: builtInFleet().agents,
      limits: DEFAULT_LIMITS,
      waiting: DEFAULT_WAITING,
      audit: null,
      targets: [],
      drivers: [],
      policy: shippedPolicy(),
      from: 'the built-in fleet',
    };
  const text = readText(file);
  if (text === undefined) throw codedError('UnreadableFile', { file, problem: 'does not exist' });
  const reading = readFleet(text, { file });
  if (!reading.ok) throw codedError('InvalidFleet', { problems: `\n${problemsText(reading.problems)}` });
  const { webhook, alertAfterMs } = reading.fleet.waiting;
  const waiting = { alertAfterMs, webhook: webhook === null ? null : { ...webhook, secretFile: resolve(dirname(file), webhook.secretFile) } };
  const drivers = reading.fleet.drivers.map((each) => ({ ...each, module: resolve(dirname(file), each.module) }));
  return { ...reading.fleet, waiting, drivers, policy: shippedPolicy(reading.fleet.policy), from: file };
}
