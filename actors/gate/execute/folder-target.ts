// Deployments into folders: a folder of the workspace becomes a version below the deploy root, whole or not at all, and then what the link
// `current` leads to. A version never changes once it is there; `previous` leads to the one before.
import { lstat, mkdir, open, readlink, realpath, rename, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { codedError, isCoded, type TroupeError } from '../../../runtime/errors.ts';
import type { DeployDriver, DeployedVersion, DeployWish } from '../../work/ports.ts';
import { DEPLOY_NAME } from '../../work/types.ts';
import { folderWithin, isWithin, refused as outside, withPlace } from './contained-path.ts';
import { placeBelow } from './deploy-place.ts';
import { copyFolder, digestOf, readManifest, sameManifest } from './folder-copy.ts';
import { refuseHiddenFolder } from './workspace-place.ts';
import { unfinishedName } from './write-whole.ts';

export const folderTarget: DeployDriver = {
  placeOf: (wish) => folderOfTarget(wish),
  folderOf: (wish, version) => join(folderOfTarget(wish), 'versions', version),
  current: (wish, signal) => answering(wish, signal, () => currentOf(checked(wish), signal)),
  holds: async (wish, version) => {
    const folder = await placeThere(wish);
    return folder !== undefined && isFolder(join(folder, 'versions', version));
  },
  place: (wish, signal) => answering(wish, signal, () => place(checked(wish), signal)),
  lead: (wish, to, signal) =>
    answering(wish, signal, async () => {
      const folder = await deployFolder(wish);
      await (to === null ? leadNowhere(folder) : switchTo(folder, to, wish));
    }),
  fault: (wish, version, signal) => answering(wish, signal, () => faultOf(wish, version, signal)),
  // Files need nobody to run them, and a former version is only what `previous` leads to.
  trouble: async () => undefined,
  retire: async () => undefined,
  async discard(wish, version) {
    const folder = await placeThere(wish);
    if (folder === undefined) return;
    if ((await versionOf(folder, 'current', version)) === version) throw refused(version, 'it runs, and is not taken away');
    if ((await versionOf(folder, 'previous', version)) === version) await rm(join(folder, 'previous'), { force: true });
    await rm(join(folder, 'versions', version), { recursive: true, force: true });
  },
};

function refused(version: string, problem: string): TroupeError {
  return codedError('DeployRefused', { version: version.slice(0, 128), problem });
}

/** Answers of the system are refusals, not faults of this code. */
async function answering<T>({ payload }: DeployWish, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isCoded(error) || signal.aborted || code === undefined) throw error;
    throw refused(payload.version, code);
  }
}

function checked(wish: DeployWish): DeployWish {
  const { environment, version, rollbackTo } = wish.payload;
  for (const name of [version, rollbackTo ?? version]) if (!DEPLOY_NAME.test(name)) throw refused(version, 'a version is letters, digits and . _ + -');
  if (!DEPLOY_NAME.test(environment)) throw refused(version, 'an environment is letters, digits and . _ + -');
  return wish;
}

function folderOfTarget({ payload: { environment, target = environment }, surroundings: { deployRoot } }: DeployWish): string {
  return placeBelow(deployRoot, target);
}

/** Made when missing; never outside of the deploy root, whatever links lie there. */
async function deployFolder({ payload: { environment, target = environment }, surroundings: { deployRoot } }: DeployWish): Promise<string> {
  await mkdir(deployRoot, { recursive: true });
  await withPlace(deployRoot, join(target, 'versions', 'x'), { makeFolders: true }, async () => {});
  return realpath(join(deployRoot, target));
}

/** Undefined: there is no such place yet. Rejects with `PathRefused` for one that lies, or leads, outside of the deploy root. */
async function placeThere({ payload: { environment, target = environment }, surroundings: { deployRoot } }: DeployWish): Promise<string | undefined> {
  const named = resolve(deployRoot, target);
  const there = await lstat(named).catch(() => undefined);
  if (!isWithin(resolve(deployRoot), named)) throw outside(target, 'lies outside of the folder for deployments');
  return there === undefined ? undefined : folderWithin(deployRoot, target);
}

async function currentOf(wish: DeployWish, signal: AbortSignal): Promise<DeployedVersion | null> {
  const folder = await placeThere(wish);
  if (folder === undefined) return null;
  const version = await versionOf(folder, 'current', wish.payload.version);
  if (version === null) return null;
  const there = await isFolder(join(folder, 'versions', version));
  return { version, digest: there ? digestOf(await readManifest(join(folder, 'versions', version), signal)) : '' };
}

async function faultOf(wish: DeployWish, { version, digest }: DeployedVersion, signal: AbortSignal): Promise<string | undefined> {
  const place = await placeThere(wish);
  const folder = join(place ?? '', 'versions', version);
  if (place === undefined || !(await isFolder(folder))) return 'its files are gone';
  return digestOf(await readManifest(folder, signal)) === digest ? undefined : 'its files are not what they were';
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

async function place(wish: DeployWish, signal: AbortSignal): ReturnType<DeployDriver['place']> {
  const { payload, surroundings, hidden } = wish;
  const { version, source = '.' } = payload;
  const from = await folderWithin(surroundings.workspace, source);
  await refuseHiddenFolder({ workspace: surroundings.workspace, hidden }, source, from);
  const folder = await deployFolder(wish);
  if (isWithin(from, folder)) throw refused(version, `${source} holds the place it would be deployed to: deploy a folder of it`);
  const final = join(folder, 'versions', version);
  const unfinished = join(folder, 'versions', unfinishedName(wish.key));
  await rm(unfinished, { recursive: true, force: true });
  try {
    const copied = await copyFolder(from, unfinished, signal);
    if (!sameManifest(copied, await readManifest(unfinished, signal))) throw refused(version, 'the copy is not what was read; the disk may be failing');
    const there = await lstat(final).catch(() => undefined);
    if (there === undefined) await rename(unfinished, final);
    else if (!sameManifest(copied, await readManifest(final, signal)))
      throw refused(version, 'that version is there with other content: give the new content a version of its own');
    await syncFolder(join(folder, 'versions'));
    return { version, digest: digestOf(copied), files: copied.files };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** At every instant `current` leads to a whole version. */
async function switchTo(folder: string, version: string, { key }: DeployWish): Promise<void> {
  if (!(await isFolder(join(folder, 'versions', version)))) throw refused(version, 'its files are gone');
  const current = await versionOf(folder, 'current', version);
  if (current === version) return;
  // Cut off between the two, it is noted already.
  if (current !== null && (await versionOf(folder, 'previous', version)) !== current) await pointLink(folder, 'previous', current, key);
  await pointLink(folder, 'current', version, key);
  await syncFolder(folder);
}

async function leadNowhere(folder: string): Promise<void> {
  await rm(join(folder, 'current'), { force: true });
  await syncFolder(folder);
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
