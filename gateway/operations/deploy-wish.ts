// What of a deployment is wrong before anybody is asked to decide on it: names that name no folder, folders that are not there.
import { lstatSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { z } from 'zod';
import { DEPLOY_NAME } from '../../actors/work/types.ts';
import { codedError } from '../../runtime/index.ts';
import { nameInput } from './operation.ts';

const SPELT = 'letters, digits and . _ + - only, a letter or digit first';

const name = z.string().regex(DEPLOY_NAME, SPELT);
const path = z.string().min(1).max(4_096);

function leadsOut(folder: string): boolean {
  return isAbsolute(folder) || normalize(folder).split('/')[0] === '..';
}

const inner = path.refine((folder) => !leadsOut(folder), { error: 'leads out of where it is looked for: a relative path without ..' });

export const deployInput = z.strictObject({
  environment: name,
  version: name,
  strategy: z.enum(['rolling', 'blue_green', 'all_at_once']).optional(),
  workspace: path.startsWith('/', 'an absolute path'),
  source: inner.optional().describe('folder to deploy, relative to the workspace; default its root'),
  target: inner.optional().describe('place below the folder for deployments; default the environment'),
  verify: z.string().min(1).max(65_536).optional().describe('command that says whether the version holds, run in its folder'),
  agent: nameInput.optional(),
});

/** What is deployed is what is committed, so that it may still be missing later; here the mistake is named while it is cheap. */
export function refuseSource(workspace: string, source: string): void {
  const folder = join(workspace, source);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) throw codedError('InvalidInput', { problem: `source: ${folder} does not exist` });
  if (found.isFile()) throw codedError('InvalidInput', { problem: `source: ${folder} is a file: name its folder` });
}
