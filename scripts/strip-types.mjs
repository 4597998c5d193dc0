// Writes sources as plain JavaScript, their types stripped, into a folder of their own: nothing loads TypeScript at run time. Replacements make
// a copy in which something is wrong on purpose.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, rewriteRelativeImportExtensions: true };

/**
 * `sources` are folders or files of the project in `root`. Throws when a replacement finds its text not exactly once.
 * @param {{root: string, into: string, sources: readonly string[], replacements?: ReadonlyArray<{file: string, replace: string, with: string}>}} options
 */
export function stripTypes({ root, into, sources, replacements = [] }) {
  for (const name of sources.flatMap((source) => filesOf(root, source))) {
    const text = replacements.filter(({ file }) => file === name).reduce(replaceOnce, readFileSync(join(root, name), 'utf8'));
    const path = join(into, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, ts.transpileModule(text, { compilerOptions, fileName: name }).outputText);
  }
  writeFileSync(join(into, 'package.json'), '{"type":"module"}\n');
  if (!existsSync(join(into, 'node_modules'))) symlinkSync(join(root, 'node_modules'), join(into, 'node_modules'));
}

function filesOf(root, source) {
  if (source.endsWith('.ts')) return [source];
  return readdirSync(join(root, source), { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(source, name));
}

function replaceOnce(text, { file, replace, with: by }) {
  const [before, after, ...more] = text.split(replace);
  if (after === undefined || more.length > 0) throw new Error(`${file} holds this ${after === undefined ? 0 : more.length + 1} times, not once: ${replace}`);
  return before + by + after;
}
