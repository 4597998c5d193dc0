// Paths as texts: from what a request says to an absolute path without dot segments. Looks at no file.
import { posix } from 'node:path';

/** The home that a `~` is judged as. Executors give commands an empty one; a request that names it still means a person's. */
export const HOME = '/root';

/** `~` and `~/x` lie in the home, `~ann/x` in hers; everything else is left as it is. */
export function expandTilde(text: string): string {
  if (!text.startsWith('~')) return text;
  const match = /^~([A-Za-z0-9._+-]*)(?=\/|$)/.exec(text);
  if (match === null) return text;
  const user = match[1];
  const rest = text.slice(match[0].length);
  if (user === '+' || user === '-') return text;
  return `${user === '' || user === 'root' ? HOME : `/home/${user}`}${rest}`;
}

const SLASH = 0x2f;
const DOT = 0x2e;
const TILDE = 0x7e;

const endsAt = (text: string, at: number): boolean => at === text.length || text.charCodeAt(at) === SLASH;

/** `.` or `..` */
const isDots = (text: string, at: number): boolean => text.charCodeAt(at) === DOT && (endsAt(text, at + 1) || (text.charCodeAt(at + 1) === DOT && endsAt(text, at + 2)));

/** No component from there on is empty or dots alone: nothing in it is to be resolved. */
function isPlainFrom(text: string, from: number): boolean {
  let begins = true;
  for (let at = from; at < text.length; at += 1) {
    const slash = text.charCodeAt(at) === SLASH;
    if (begins && (slash || isDots(text, at))) return false;
    begins = slash;
  }
  return !begins;
}

/** Absolute, and nothing in it is to be resolved. */
const isPlainPath = (path: string): boolean => path.charCodeAt(0) === SLASH && isPlainFrom(path, 1);

export function resolvePath(base: string, text: string): string {
  const first = text.charCodeAt(0);
  if (first === SLASH && isPlainFrom(text, 1)) return text;
  if (first !== SLASH && first !== TILDE && isPlainFrom(text, 0) && isPlainPath(base)) return `${base}/${text}`;
  return posix.resolve(base, expandTilde(text));
}

/** What stands between slashes, as `split` gives it, and without its price. */
export function componentsOf(path: string, from = 0): readonly string[] {
  let begin = from;
  let end = path.indexOf('/', begin);
  if (end === -1) return [from === 0 ? path : path.slice(from)];
  const components: string[] = [];
  for (; end !== -1; end = path.indexOf('/', begin)) {
    components.push(path.slice(begin, end));
    begin = end + 1;
  }
  components.push(path.slice(begin));
  return components;
}

/** What of the path stands below `root`; undefined when the path is not in it. Of the root itself: nothing. */
export function pathBelow(root: string, absolute: string): string | undefined {
  if (isPlainPath(absolute) && isPlainPath(root)) {
    if (!absolute.startsWith(root)) return undefined;
    if (absolute.length === root.length) return '';
    return absolute.charCodeAt(root.length) === SLASH ? absolute.slice(root.length + 1) : undefined;
  }
  const relative = posix.relative(root, absolute);
  return relative === '..' || relative.startsWith('../') ? undefined : relative;
}

/** Components below `root`; undefined when the path is not in it. Of the root itself: none. */
export function componentsWithin(root: string, absolute: string): readonly string[] | undefined {
  const below = pathBelow(root, absolute);
  if (below === undefined) return undefined;
  return below === '' ? [] : componentsOf(below);
}
