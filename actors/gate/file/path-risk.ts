// What touching one path means: where it lies, what is kept there, and what is about to happen to it. One table for commands and file operations.
import type { RiskLevel } from '../../work/types.ts';
import { remembered } from '../remembered.ts';
import { componentsOf, pathBelow } from './resolve-path.ts';
import { isDisk, isGuarded, isHarmlessDevice, isMachineFact, isVital, namedPlace } from './sensitive-places.ts';

/** `names`: looks at names and sizes. `read`: shows content. `write`: may replace content. `delete`: removes or moves away. `run`: executes it. */
export const PATH_USES = ['names', 'read', 'write', 'delete', 'run'] as const;
export type PathUse = (typeof PATH_USES)[number];

export const PLACE_KINDS = [
  'workspace',
  'workspace-root',
  'secret-template',
  'may-hold-secrets',
  'build-file',
  'runs-unasked',
  'secret',
  'git-metadata',
  'harmless-device',
  'machine-fact',
  'outside',
  'guarded',
  'vital',
  'disk',
] as const;
export type PlaceKind = (typeof PLACE_KINDS)[number];

const RISKS: Readonly<Record<PlaceKind, Readonly<Record<PathUse, RiskLevel>>>> = {
  workspace: { names: 'LOW', read: 'LOW', write: 'MEDIUM', delete: 'MEDIUM', run: 'MEDIUM' },
  'workspace-root': { names: 'LOW', read: 'LOW', write: 'MEDIUM', delete: 'HIGH', run: 'MEDIUM' },
  'secret-template': { names: 'LOW', read: 'MEDIUM', write: 'MEDIUM', delete: 'MEDIUM', run: 'HIGH' },
  'may-hold-secrets': { names: 'LOW', read: 'MEDIUM', write: 'MEDIUM', delete: 'MEDIUM', run: 'MEDIUM' },
  'build-file': { names: 'LOW', read: 'LOW', write: 'MEDIUM', delete: 'MEDIUM', run: 'MEDIUM' },
  'runs-unasked': { names: 'LOW', read: 'LOW', write: 'HIGH', delete: 'HIGH', run: 'MEDIUM' },
  secret: { names: 'LOW', read: 'HIGH', write: 'HIGH', delete: 'HIGH', run: 'HIGH' },
  'git-metadata': { names: 'MEDIUM', read: 'HIGH', write: 'HIGH', delete: 'HIGH', run: 'HIGH' },
  'harmless-device': { names: 'LOW', read: 'LOW', write: 'LOW', delete: 'HIGH', run: 'HIGH' },
  'machine-fact': { names: 'MEDIUM', read: 'MEDIUM', write: 'HIGH', delete: 'HIGH', run: 'HIGH' },
  outside: { names: 'MEDIUM', read: 'MEDIUM', write: 'HIGH', delete: 'HIGH', run: 'HIGH' },
  guarded: { names: 'MEDIUM', read: 'HIGH', write: 'HIGH', delete: 'HIGH', run: 'HIGH' },
  vital: { names: 'MEDIUM', read: 'HIGH', write: 'HIGH', delete: 'CRITICAL', run: 'HIGH' },
  disk: { names: 'MEDIUM', read: 'HIGH', write: 'CRITICAL', delete: 'CRITICAL', run: 'HIGH' },
};

const WHYS: Readonly<Record<PlaceKind, string>> = {
  workspace: 'inside the workspace',
  'workspace-root': 'the workspace itself',
  'secret-template': 'a template of secrets',
  'may-hold-secrets': 'may hold a password',
  'build-file': 'runs when the project is built, tested or started',
  'runs-unasked': 'is obeyed by a tool without being asked',
  secret: 'holds secrets',
  'git-metadata': "git's own records",
  'harmless-device': 'keeps nothing',
  'machine-fact': 'describes the machine',
  outside: 'outside the workspace',
  guarded: 'credentials, processes or devices of the machine',
  vital: 'the machine or a home lives there',
  disk: 'a disk or memory of the machine',
};

const kindWithin = remembered((below: string): PlaceKind => namedPlace(componentsOf(below)) ?? 'workspace');

const kindOutside = remembered((absolute: string): PlaceKind => {
  if (isHarmlessDevice(absolute)) return 'harmless-device';
  if (isDisk(absolute)) return 'disk';
  if (isMachineFact(absolute)) return 'machine-fact';
  if (isVital(absolute)) return 'vital';
  return isGuarded(absolute) ? 'guarded' : 'outside';
});

export function placeKind(workspace: string, absolute: string): PlaceKind {
  if (workspace === '/') return kindOutside(absolute);
  const below = absolute === workspace ? '' : pathBelow(workspace, absolute);
  if (below === undefined) return kindOutside(absolute);
  return below === '' ? 'workspace-root' : kindWithin(below);
}

export interface PathRisk {
  readonly level: RiskLevel;
  readonly kind: PlaceKind;
  readonly why: string;
}

/** Every answer there is. */
const ANSWERS = Object.fromEntries(
  Object.entries(RISKS).map(([kind, levels]) => [
    kind,
    Object.fromEntries(Object.entries(levels).map(([use, level]) => [use, { level, kind: kind as PlaceKind, why: WHYS[kind as PlaceKind] }])),
  ]),
) as Readonly<Record<PlaceKind, Readonly<Record<PathUse, PathRisk>>>>;

export const pathRisk = (workspace: string, absolute: string, use: PathUse): PathRisk => ANSWERS[placeKind(workspace, absolute)][use];
