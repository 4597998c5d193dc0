// DEPLOYMENT: a folder of the workspace becomes a version below the deploy root, whole or not at all, and then what the link `current`
// leads to. A version never changes once it is there; `previous` leads to the one before, for the way back.
import { lstat, mkdir, open, readlink, realpath, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codedError, isCoded, type TroupeError } from '../../../runtime/errors.ts';
import type { DeployPayload, StepOutcome } from '../../work/types.ts';
import { folderWithin, isWithin, withPlace } from './contained-path.ts';
import { copyFolder, readManifest, sameManifest } from './folder-copy.ts';
import type { StepScope } from './step-scope.ts';
import { refuseHiddenFolder } from './workspace-place.ts';
import { unfinishedName } from './write-whole.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;

export async function deploy(payload: DeployPayload, scope: StepScope): Promise<StepOutcome> {
  const { environment, version, source = '.', target = environment } = payload;
  if (!NAME.test(version)) throw refused(version, 'a version is letters, digits and . _ + -');
  if (!NAME.test(environment)) throw refused(version, 'an environment is letters, digits and . _ + -');
  const from = await folderWithin(scope.workspace, source);
  await refuseHiddenFolder(scope, source, from);
  const folder = await deployFolder(target, scope);
  if (isWithin(from, folder)) throw refused(version, `${source} holds the place it would be deployed to: deploy a folder of it`);
  try {
    const placed = await placeVersion(from, folder, version, scope);
    const { previous, switched } = await switchTo(folder, version, scope.key);
    return { status: 'succeeded', result: { version, previous, path: join(folder, 'versions', version), files: placed.files, changed: placed.changed || switched } };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isCoded(error) || scope.signal.aborted || code === undefined) throw error;
    throw refused(version, code);
  }
}

function refused(version: string, problem: string): TroupeError {
  return codedError('DeployRefused', { version: version.slice(0, 128), problem });
}

/** Made when missing; never outside of the deploy root, whatever links lie there. */
async function deployFolder(target: string, { deployRoot }: StepScope): Promise<string> {
  await mkdir(deployRoot, { recursive: true });
  await withPlace(deployRoot, join(target, 'versions', 'x'), { makeFolders: true }, async () => {});
  return realpath(join(deployRoot, target));
}

async function placeVersion(from: string, folder: string, version: string, { key, signal }: StepScope): Promise<{ readonly files: number; readonly changed: boolean }> {
  const place = join(folder, 'versions', version);
  const unfinished = join(folder, 'versions', unfinishedName(key));
  await rm(unfinished, { recursive: true, force: true });
  try {
    const copied = await copyFolder(from, unfinished, signal);
    if (!sameManifest(copied, await readManifest(unfinished, signal))) throw refused(version, 'the copy is not what was read; the disk may be failing');
    const there = await lstat(place).catch(() => undefined);
    if (there === undefined) await rename(unfinished, place);
    else if (!sameManifest(copied, await readManifest(place, signal)))
      throw refused(version, 'that version is there with other content: give the new content a version of its own');
    await syncFolder(join(folder, 'versions'));
    return { files: copied.files, changed: there === undefined };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** At every instant `current` leads to a whole version. */
async function switchTo(folder: string, version: string, key: string): Promise<{ readonly previous: string | null; readonly switched: boolean }> {
  const current = await versionOf(folder, 'current', version);
  if (current === version) return { previous: await versionOf(folder, 'previous', version), switched: false };
  if (current !== null) await pointLink(folder, 'previous', current, key);
  await pointLink(folder, 'current', version, key);
  await syncFolder(folder);
  return { previous: current, switched: true };
}

async function versionOf(folder: string, link: string, version: string): Promise<string | null> {
  const found = await lstat(join(folder, link)).catch(() => undefined);
  if (found === undefined) return null;
  if (!found.isSymbolicLink()) throw refused(version, `${join(folder, link)} is no link: move it away`);
  return (await readlink(join(folder, link))).replace(/^versions\//, '');
}

async function pointLink(folder: string, link: string, version: string, key: string): Promise<void> {
  const unfinished = join(folder, unfinishedName(key));
  await rm(unfinished, { force: true });
  await symlink(join('versions', version), unfinished);
  await rename(unfinished, join(folder, link));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
