// FILE_OPERATION: one path, or two, by what is done to them.
import type { FilePayload, Finding } from '../../work/types.ts';
import { hiddenCharacter, lookAlike } from '../characters.ts';
import { finding, isAtLeast } from '../verdict.ts';
import { otherReadings } from './other-readings.ts';
import type { PathUse, PlaceKind } from './path-risk.ts';
import type { Places } from './places.ts';
import { resolvePath } from './resolve-path.ts';

const USES: Readonly<Record<FilePayload['op'], PathUse>> = { read: 'read', list: 'names', write: 'write', append: 'write', mkdir: 'write', delete: 'delete', move: 'delete' };
const LONGEST_PATH = 4_096;

/** Nearly every path: nothing in it that anything reads as more than a name. */
const PLAIN_PATH = /^(?!.*(\.\.[. ]| \.))[\w ./,@+=-]*$/;

/** `....//`, `..;/`, `.. /`, which filters and servers make `../` of. */
const DOTS_IN_DISGUISE = /(^|[/\\])( *\.{3,} *| *\.{1,2};[^/\\]*| +\.{1,2} *|\.{1,2} +)([/\\]|$)/;

/** Texts that some other program would read as another path. Files are opened as named, so they mean a mistake or a trick. */
function oddSpelling(path: string): string | undefined {
  if (/%(u[\da-f]{4}|[\da-f]{2})/i.test(path)) return 'holds percent-encoded characters';
  if (DOTS_IN_DISGUISE.test(path)) return 'holds what is `..` once something is taken out of it';
  if (path.startsWith('~')) return 'begins with ~, which is not expanded';
  if (/\$[A-Za-z_{(]|`|%[A-Za-z_]+%|[*?]|\{[^{}]*,/.test(path)) return 'holds what a shell would expand';
  if (path.normalize('NFKC').replace(/[^./\\~]/g, '') !== path.replace(/[^./\\~]/g, '')) return 'holds look-alikes of dots or separators';
  if (lookAlike(path) !== undefined) return 'holds letters that look like others';
  if (path.includes('\\')) return 'holds a backslash';
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(path)) return 'is spelt like a URL or a drive';
  return undefined;
}

/** Findings about one path as a text: nothing when it is a plain one. */
export function pathTextFindings(path: unknown): Finding[] {
  if (typeof path !== 'string' || path === '') return [finding('HIGH', 'file-path-missing', 'names no path')];
  if (path.length > LONGEST_PATH) return [finding('HIGH', 'file-path-long', `is longer than ${LONGEST_PATH} characters`)];
  if (PLAIN_PATH.test(path)) return [];
  const hidden = hiddenCharacter(path);
  if (hidden !== undefined) return [finding('HIGH', 'hidden-character', `the path holds ${hidden.name}`, [hidden.at, hidden.at + 1])];
  if (/[\n\t]/.test(path)) return [finding('HIGH', 'file-control-character', 'the path holds a line break or a tab')];
  const odd = oddSpelling(path);
  return odd === undefined ? [] : [finding('MEDIUM', 'file-odd-spelling', `the path ${odd}`)];
}

/** Commands throw things away there, and ask what machine they are on; a file operation has no business with them. */
const HARMLESS_TO_SHELLS: ReadonlySet<string> = new Set<PlaceKind>(['harmless-device', 'machine-fact']);
const KERNEL_FILE = /^\/(proc|sys|dev)(\/|$)/;
/** Not a folder of code about secrets. */
const SECRET_FOLDER = /(^|\/)\.[^/]+\/*$/;

function pathFindings(places: Places, path: unknown, use: PathUse, verb: string): Finding[] {
  const found = pathTextFindings(path);
  if (typeof path !== 'string' || found.some(({ level }) => isAtLeast(level, 'HIGH'))) return found;
  for (const reading of found.length === 0 ? [path] : [path, ...otherReadings(path)]) {
    const { level, kind, why } = places.risk(places.workspace, reading, use);
    found.push(finding(level, `file-${kind}`, `${verb} ${reading}: ${why}`));
    if (HARMLESS_TO_SHELLS.has(kind) && use !== 'names' && KERNEL_FILE.test(resolvePath(places.workspace, reading)))
      found.push(finding('HIGH', 'file-kernel', `${verb} ${reading}: a device, or what the kernel shows as a file`));
  }
  const listsSecrets = use === 'names' && SECRET_FOLDER.test(path) && found.at(-1)?.rule === 'file-secret';
  return listsSecrets ? [...found, finding('MEDIUM', 'file-secret', `${path} is a folder of secrets`)] : found;
}

export function assessFile(payload: FilePayload, places: Places): Finding[] {
  const { op, path, to } = payload;
  if (typeof op !== 'string' || !Object.hasOwn(USES, op)) return [finding('HIGH', 'file-operation-unknown', `'${String(op)}' is no file operation`)];
  const found = pathFindings(places, path, USES[op], op);
  // What no other operation takes is not overlooked: another program may act on it.
  if (op === 'move' || to !== undefined) return [...found, ...pathFindings(places, to, 'write', 'move to')];
  return found;
}
