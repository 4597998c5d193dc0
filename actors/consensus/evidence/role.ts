// By which role an agent judges: by what it is and can do, whatever its name is.
import type { VoterFacts } from '../../work/ports.ts';

const BY_CAPABILITY = { test: 'testing', sql: 'database', deploy: 'deployment' } as const;
export type VoterRole = 'supervisor' | 'testing' | 'database' | 'deployment' | 'other';

export function roleOf({ role, capabilities }: VoterFacts): VoterRole {
  if (role === 'supervisor') return 'supervisor';
  const known = Object.entries(BY_CAPABILITY).find(([capability]) => capabilities.includes(capability));
  return known?.[1] ?? 'other';
}
