// The agent host as JavaScript, made from the present sources into a private folder: hosts never load TypeScript.
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../../..');
const COMPILER = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true, rewriteRelativeImportExtensions: true } satisfies ts.CompilerOptions;

/** Of the hook that builds it: some hundred files are read and written, perhaps beside much else. */
export const BUILD_MS = 120_000;

/** Laid out as the package is, and named so. Returns the path of the host's program. */
export function builtHost(folder: string): string {
  const out = join(folder, 'dist');
  for (const part of ['runtime', 'actors']) {
    for (const file of readdirSync(join(ROOT, part), { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.ts')) build(join(part, file), out);
    }
  }
  writeFileSync(join(folder, 'package.json'), '{"name":"troupe","type":"module"}');
  symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(folder, 'node_modules'));
  return join(out, 'actors/session/host/main.js');
}

function build(file: string, out: string): void {
  const target = join(out, file.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, ts.transpileModule(readFileSync(join(ROOT, file), 'utf8'), { compilerOptions: COMPILER }).outputText);
}
