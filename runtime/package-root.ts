// Where this package lies, asked from any of its modules: sources, compiled modules, and bundles that are not where their sources were.
import { readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder above this module with our package.json: the checkout, or the installed package. */
export function packageRoot(from: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isPackage(folder)) return folder;
    if (folder === dirname(folder)) throw new Error(`no package above ${from}`);
  }
}

function isPackage(folder: string): boolean {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string }).name === 'troupe';
  } catch {
    return false;
  }
}

/** A program that is run as a process of its own, by the path of its source without the ending: always the built one, since no program loads TypeScript. */
export function builtProgram(source: string): string {
  return join(packageRoot(), 'dist', `${source}.js`);
}

/** What a process of ours must be able to read: the checkout, or all that was installed together, and the packages that a checkout links to. */
export function programFolders(root: string = packageRoot()): readonly string[] {
  const parts = root.split(sep);
  const installed = parts.indexOf('node_modules');
  return installed === -1 ? [root, join(root, 'node_modules')] : [parts.slice(0, installed + 1).join(sep)];
}
