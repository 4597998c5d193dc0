// The node's targets: folders, and those of the fleet file, whose versions run as processes. A process that is wanted no more is ended before
// the tree starts; the others are found again or started once it runs.
import { join } from 'node:path';
import { containedService } from '../../actors/gate/execute/containment/contain.ts';
import type { ContainmentFound } from '../../actors/gate/execute/containment/probe.ts';
import { placeBelow } from '../../actors/gate/execute/deploy-place.ts';
import { folderTarget } from '../../actors/gate/execute/folder-target.ts';
import { processDriver } from '../../actors/process/process-driver.ts';
import { processLauncher } from '../../actors/process/process-launcher.ts';
import type { ProcessTarget } from '../../actors/process/process-target.ts';
import { Processes, type RunReport } from '../../actors/process/processes.ts';
import { readBook, targetsIn } from '../../actors/process/run-book.ts';
import { targetDrivers } from '../../actors/process/target-drivers.ts';
import type { DeployDriver } from '../../actors/work/ports.ts';
import type { ChildSpec, Clock, System } from '../../runtime/index.ts';
import type { DataDir } from '../data-dir.ts';
import type { WorkPlaces } from './places.ts';

export interface TargetsOptions {
  readonly targets: readonly ProcessTarget[];
  /** Of other kinds, by their place. */
  readonly others: ReadonlyMap<string, DeployDriver>;
  readonly dataDir: Pick<DataDir, 'path' | 'logs'>;
  readonly places: Pick<WorkPlaces, 'deployments'>;
  readonly clock: Clock;
  /** Where programs are looked for. */
  readonly path: string;
  readonly containment: ContainmentFound;
  readonly hidden: readonly string[];
  systemNow(): System;
}

export interface Targets {
  readonly driver: DeployDriver;
  readonly processTemplate: (input: unknown, id: string) => ChildSpec;
  /** Ends what no book has any more; the audit learns of it once the tree runs. */
  sweep(): Promise<void>;
  /** Resolves before they are well. */
  resume(): Promise<void>;
  /** The node stops: those that go on without it are left alone. */
  leave(): void;
  /** By place; empty for one that holds files only. */
  reports(place: string): TargetReport;
}

export interface TargetReport {
  readonly runs: readonly RunReport[];
  readonly log: string | null;
}

export function openTargets({ targets, others, dataDir, places, clock, path, containment, hidden, systemNow }: TargetsOptions): Targets {
  const root = join(dataDir.path, 'processes');
  const { deployments } = places;
  const launcher = processLauncher({
    clock,
    targets,
    root,
    deployments,
    logs: dataDir.logs,
    path,
    contain: async (argv, place) => (containment.kind === 'none' ? argv : containedService(argv, { ...place, path, hidden })),
  });
  const processes = new Processes({ launcher, targets, systemNow });
  const drivers = new Map(targets.map((target) => [target.name, processDriver({ clock, target, folders: folderTarget, processes, launcher, root })]));
  const swept: Array<{ readonly target: string; readonly id: string }> = [];
  const isNamed = (name: string): boolean => drivers.has(name);
  return {
    driver: targetDrivers(new Map<string, DeployDriver>([...others, ...drivers]), folderTarget),
    processTemplate: processes.template(),
    sweep: async () => {
      for (const target of targetsIn(root)) for (const id of await launcher.keepOnly(target, isNamed(target) ? readBook(root, target).runs : [])) swept.push({ target, id });
    },
    resume: async () => {
      for (const run of swept.splice(0)) systemNow().record('process.swept', run);
      for (const driver of drivers.values()) await driver.resume();
    },
    leave: () => launcher.leave(),
    reports: (place) => {
      const name = targets.find((target) => placeBelow(deployments, target.name) === place)?.name;
      return name === undefined ? { runs: [], log: null } : { runs: processes.reports(name), log: launcher.logFile(name) };
    },
  };
}
