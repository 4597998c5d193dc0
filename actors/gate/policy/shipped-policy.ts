// The policy that is shipped with the program, and on top of it what a fleet file says. Throws `InvalidPolicy` with file, line and field: nothing is
// assessed under a policy that was not understood.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codedError } from '../../../runtime/errors.ts';
import { packageRoot } from '../../../runtime/package-root.ts';
import { problemsText } from '../../source-file/index.ts';
import { type Policy, type PolicySections, readPolicy, withSections } from './policy-file.ts';

const FILE = 'policy/default.yaml';

export function shippedPolicy(sections: PolicySections = {}, file: string = join(packageRoot(), FILE)): Policy {
  const reading = readPolicy(readFileSync(file, 'utf8'), { file });
  if (!reading.ok) throw codedError('InvalidPolicy', { problems: `\n${problemsText(reading.problems)}` });
  return withSections(reading.policy, sections);
}
