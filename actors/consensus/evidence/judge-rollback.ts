// The deployment agent's look: can a deployment that fails be taken back?
import type { RollbackTarget } from '../../work/ports.ts';
import type { DeployPayload } from '../../work/types.ts';
import type { Finding } from '../ballot-context.ts';

export function judgeRollback({ environment, version }: DeployPayload, target: RollbackTarget): Finding {
  const evidence = { environment, version, target };
  if (target.kind === 'first') return { vote: 'yes', why: `nothing runs in ${environment} yet: what fails is taken away again`, evidence };
  if (!target.restorable) return { vote: 'no', why: `${environment} could not go back to ${target.version}: ${target.problem ?? 'it is not whole'}`, evidence };
  return { vote: 'yes', why: `${environment} can go back to ${target.version}`, evidence };
}
