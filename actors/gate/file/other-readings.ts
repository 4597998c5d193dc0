// What other programs read an oddly spelt path as: `..\x` and `C:\x` on Windows, `%2e%2e/x` behind a URL, `$HOME/x` in a shell, `．．/x` where
// letters are folded. Files are opened as named; whoever meant the other reading is judged by it too.

/** Letters, digits and signs of ASCII: no control is made of them. */
const ENCODED = /%([2-6][\da-f]|7[\da-e])/gi;
const decoded = (text: string): string => text.replace(ENCODED, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

const HOME = /^(\$HOME|\$\{HOME\}|%USERPROFILE%|%HOMEPATH%)(?=\/|$)/i;
const HERE = /^(\$PWD|\$\{PWD\}|\$\(pwd\)|`pwd`)(?=\/|$)/i;
/** All that a folder holds, hidden names aside. */
const ALL_IN_IT = /(^|\/)\*+$/;
/** `file:///x`, `C:/x`. */
const BEFORE_ROOT = /^(file:\/\/(localhost)?|[a-z]:)(?=\/)/i;

/** None, when there is no other. */
export function otherReadings(path: string): readonly string[] {
  const text = decoded(decoded(path.normalize('NFKC')))
    .replaceAll('\\', '/')
    .replace(HOME, '~')
    .replace(HERE, '.')
    .replace(ALL_IN_IT, '$1.')
    .replace(BEFORE_ROOT, '');
  return text === path || text === '' ? [] : [text];
}
