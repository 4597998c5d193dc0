// FILE_OPERATION: one act on a file or folder of the workspace. A link is never followed out of it; what is repeated and is already
// so succeeds and says so with `changed: false`.
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, readFile, realpath, rename, rm, unlink } from 'node:fs/promises';
import { codedError, isCoded } from '../../../runtime/errors.ts';
import type { FilePayload, StepOutcome } from '../../work/types.ts';
import { type Place, withFolder } from './contained-path.ts';
import { keepBeginning, keepFirst } from './keep-result.ts';
import type { StepScope } from './step-scope.ts';
import { refuseHiddenFolder, withWorkspacePlace } from './workspace-place.ts';
import { writeWhole } from './write-whole.ts';

type Operate = (payload: FilePayload, scope: StepScope) => Promise<StepOutcome>;

const OPERATIONS: Readonly<Record<FilePayload['op'], Operate>> = { read, write, append, delete: remove, mkdir: makeFolder, move, list };

export async function operateOnFile(payload: FilePayload, scope: StepScope): Promise<StepOutcome> {
  try {
    return await OPERATIONS[payload.op](payload, scope);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isCoded(error) || code === undefined) throw error;
    throw failure(payload, PROBLEMS[code] ?? code);
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EISDIR: 'is a folder',
  ENOTDIR: 'is no folder',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  EDQUOT: 'the quota is used up',
  ELOOP: 'is a link',
  EXDEV: 'lies on another file system; copy and delete instead',
};

function failure({ op, path }: FilePayload, problem: string): Error {
  return codedError('FileFailed', { op, path, problem });
}

function done(result: Readonly<Record<string, unknown>>): StepOutcome {
  return { status: 'succeeded', result };
}

/** Bytes that are looked at; what is longer is cut. */
const MOST_READ = 262_144;

function read(payload: FilePayload, scope: StepScope): Promise<StepOutcome> {
  return withWorkspacePlace(scope, payload.path, { link: 'follow' }, async ({ path }) => {
    // A pipe without a writer would keep an open waiting.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw failure(payload, 'is no file');
      const bytes = await readBeginning(file, MOST_READ);
      const text = textOf(bytes);
      const kept = keepBeginning(text ?? bytes.toString('base64'));
      const truncated = kept.cut || found.size > bytes.length;
      return { ...done({ path: payload.path, bytes: found.size, encoding: text === undefined ? 'base64' : 'utf8', content: kept.text }), ...(truncated ? { truncated } : {}) };
    } finally {
      await file.close();
    }
  });
}

async function readBeginning(file: FileHandle, most: number): Promise<Buffer> {
  const buffer = Buffer.alloc(most);
  let length = 0;
  while (length < most) {
    const { bytesRead } = await file.read(buffer, length, most - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** Undefined for what is no text. A character cut at the end is left out. */
function textOf(bytes: Buffer): string | undefined {
  try {
    return bytes.includes(0) ? undefined : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

function write(payload: FilePayload, scope: StepScope): Promise<StepOutcome> {
  const content = Buffer.from(payload.content ?? '');
  return withWorkspacePlace(scope, payload.path, { makeFolders: true }, async (place) => {
    onlyFile(payload, place);
    const same = place.found?.size === content.length && content.equals(await readFile(place.path, { flag: constants.O_RDONLY | constants.O_NOFOLLOW }));
    if (!same) await writeWhole(place, content, scope.key);
    return done({ path: payload.path, bytes: content.length, changed: !same });
  });
}

function append(payload: FilePayload, scope: StepScope): Promise<StepOutcome> {
  const content = Buffer.from(payload.content ?? '');
  return withWorkspacePlace(scope, payload.path, { makeFolders: true }, async (place) => {
    onlyFile(payload, place);
    const file = await open(place.path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW);
    try {
      await file.appendFile(content);
      await file.sync();
      return done({ path: payload.path, bytes: (await file.stat()).size, changed: content.length > 0 });
    } finally {
      await file.close();
    }
  });
}

function onlyFile(payload: FilePayload, { found }: Place): void {
  if (found !== undefined && !found.isFile()) throw failure(payload, found.isDirectory() ? 'is a folder' : 'is no file');
}

function remove(payload: FilePayload, scope: StepScope): Promise<StepOutcome> {
  return withWorkspacePlace(scope, payload.path, { link: 'itself', taken: true }, async ({ path, found, folder }) => {
    if (found?.isDirectory()) await rm(path, { recursive: true });
    else if (found !== undefined) await unlink(path);
    await folder.sync();
    return done({ path: payload.path, changed: found !== undefined });
  });
}

function makeFolder(payload: FilePayload, scope: StepScope): Promise<StepOutcome> {
  return withWorkspacePlace(scope, payload.path, { makeFolders: true, link: 'follow' }, async ({ path, found, folder }) => {
    if (found !== undefined && !found.isDirectory()) throw failure(payload, 'is there, and is no folder');
    if (found === undefined) await mkdir(path);
    await folder.sync();
    return done({ path: payload.path, changed: found === undefined });
  });
}

function move(payload: FilePayload, scope: StepScope): Promise<StepOutcome> {
  const { path, to } = payload;
  if (to === undefined) throw failure(payload, "says not where: 'to' is missing");
  return withWorkspacePlace(scope, path, { link: 'itself', taken: true }, (from) =>
    withWorkspacePlace(scope, to, { makeFolders: true, link: 'itself' }, async (target) => {
      // Its end is there already: the repetition of a move that was done.
      if (from.found === undefined && target.found !== undefined) return done({ path, to, changed: false });
      if (from.found === undefined) throw failure(payload, 'is not there');
      if (target.found !== undefined) throw failure(payload, `${to} is there already; delete it first`);
      await rename(from.path, target.path);
      await target.folder.sync();
      await from.folder.sync();
      return done({ path, to, changed: true });
    }),
  );
}

const MOST_LISTED = 10_000;

function list(payload: FilePayload, scope: StepScope): Promise<StepOutcome> {
  return withFolder(scope.workspace, payload.path, async (folder) => {
    await refuseHiddenFolder(scope, payload.path, await realpath(folder));
    const found: { readonly name: string; readonly kind: string }[] = [];
    for await (const entry of await opendir(folder)) {
      if (found.length === MOST_LISTED) break;
      found.push({ name: entry.name, kind: kindOf(entry) });
    }
    found.sort((one, other) => (one.name < other.name ? -1 : 1));
    const { entries, cut } = keepFirst(found);
    return { ...done({ path: payload.path, entries }), ...(cut || found.length === MOST_LISTED ? { truncated: true } : {}) };
  });
}

function kindOf(entry: Dirent): string {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
