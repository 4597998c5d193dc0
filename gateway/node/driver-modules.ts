// Drivers of deployments that whoever runs the node has written: loaded when it starts, and refused whole when one lacks a method.
import { pathToFileURL } from 'node:url';
import type { DriverModule } from '../../actors/fleet/targets.ts';
import type { DeployDriver } from '../../actors/work/ports.ts';
import { codedError } from '../../runtime/index.ts';

const METHODS = ['current', 'holds', 'place', 'lead', 'fault', 'trouble', 'retire', 'discard', 'folderOf'] as const satisfies readonly (keyof DeployDriver)[];

/** By place. Rejects with `InvalidFleet`. A module exports `deployDriver(options)`, which gives the driver or a promise of it. */
export async function loadDrivers(modules: readonly DriverModule[]): Promise<ReadonlyMap<string, DeployDriver>> {
  const drivers = new Map<string, DeployDriver>();
  for (const [index, each] of modules.entries()) drivers.set(each.name, await load(each, `drivers[${index}].module: ${each.module}`));
  return drivers;
}

async function load({ module, options }: DriverModule, where: string): Promise<DeployDriver> {
  const refused = (problem: string): Error => codedError('InvalidFleet', { problems: `\n${where} ${problem}` });
  const loaded = (await import(pathToFileURL(module).href).catch((error: Error) => {
    throw refused(`cannot be loaded: ${error.message}`);
  })) as { readonly deployDriver?: unknown };
  if (typeof loaded.deployDriver !== 'function') throw refused('exports no function deployDriver');
  const driver = (await loaded.deployDriver(options)) as Partial<Record<keyof DeployDriver, unknown>> | null;
  const missing = METHODS.filter((name) => typeof driver?.[name] !== 'function');
  if (missing.length > 0) throw refused(`gives a driver without ${missing.join(', ')}`);
  return driver as unknown as DeployDriver;
}
