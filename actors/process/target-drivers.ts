// Which driver deploys to a place: the one of the target that the fleet file has there, else the folder driver.
import { placeBelow } from '../gate/execute/deploy-place.ts';
import type { DeployDriver, DeployWish } from '../work/ports.ts';

/** `drivers`: by the name of the target, which is its place below the folder for deployments. */
export function targetDrivers(drivers: ReadonlyMap<string, DeployDriver>, rest: DeployDriver): DeployDriver {
  const of = (wish: DeployWish): DeployDriver => {
    const { deployRoot } = wish.surroundings;
    const place = rest.placeOf(wish);
    const name = [...drivers.keys()].find((each) => placeBelow(deployRoot, each) === place);
    return (name === undefined ? undefined : drivers.get(name)) ?? rest;
  };
  return {
    // Places are folders' for all: their names are what the book of releases knows.
    placeOf: (wish) => rest.placeOf(wish),
    folderOf: (wish, version) => of(wish).folderOf(wish, version),
    current: (wish, signal) => of(wish).current(wish, signal),
    holds: (wish, version) => of(wish).holds(wish, version),
    place: (wish, signal) => of(wish).place(wish, signal),
    lead: (wish, to, signal) => of(wish).lead(wish, to, signal),
    fault: (wish, version, signal) => of(wish).fault(wish, version, signal),
    trouble: (wish, signal) => of(wish).trouble(wish, signal),
    retire: (wish, signal) => of(wish).retire(wish, signal),
    discard: (wish, version) => of(wish).discard(wish, version),
  };
}
