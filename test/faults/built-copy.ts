// A copy of the built product in a temporary folder, with a program of the tests compiled into it, and where asked for with bugs in
// it: each is a patch of the source, so the product itself knows nothing of them.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { onTestFinished } from 'vitest';
import { startProgram } from '../support/child-program.ts';
import { ROOT } from '../support/node-process.ts';

/** In a source file, by its path from the root: a text that stands there exactly once becomes another. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

const PROGRAM = 'test/faults/ledger-node.ts';
const SOURCES = [PROGRAM, 'test/faults/ledger-words.ts'];
const BUNDLED_MS = 120_000;
const COPIED = ['runtime', 'supervisors', 'transports', 'gateway', 'actors'];

/** The program under faults, over the product as it is built. Gone when the running test ends, or with what `atEnd` waits for. */
export function ledgerProgram(patches: readonly Patch[] = [], atEnd: (end: () => void) => void = onTestFinished): string {
  const dist = join(ROOT, 'dist');
  if (!existsSync(dist)) throw new Error(`there is no ${dist}: run \`npm run build\``);
  const folder = mkdtempSync(join(tmpdir(), 'troupe-built-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of COPIED) cpSync(join(dist, name), join(folder, name), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const source of SOURCES) compile(folder, source, readFileSync(join(ROOT, source), 'utf8'));
  for (const file of new Set(patches.map((patch) => patch.file))) compile(folder, file, patched(file, patches));
  return join(folder, compiledName(PROGRAM));
}

/** The whole product with bugs in it, bundled from its sources as a build does. Resolves with the program `troupe`. */
export async function patchedProduct(patches: readonly Patch[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-built-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of [...COPIED, 'policy', 'scripts', 'package.json']) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const file of new Set(patches.map((patch) => patch.file))) writeFileSync(join(folder, file), patched(file, patches));
  await startProgram(process.execPath, ['-e', "import('./scripts/bundle.mjs').then(({ bundlePrograms }) => bundlePrograms())"], { cwd: folder, env: process.env }).ended(
    BUNDLED_MS,
  );
  return join(folder, 'dist/gateway/cli/troupe.js');
}

function patched(file: string, patches: readonly Patch[]): string {
  let text = readFileSync(join(ROOT, file), 'utf8');
  for (const { find, put } of patches.filter((patch) => patch.file === file)) {
    if (text.split(find).length !== 2) throw new Error(`the patch fits ${file} no more: it needs exactly once\n${find}`);
    text = text.replace(find, () => put);
  }
  return text;
}

const compiledName = (source: string): string => source.replace(/\.ts$/, '.js');

function compile(folder: string, source: string, text: string): void {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ES2022, verbatimModuleSyntax: true, rewriteRelativeImportExtensions: true };
  const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: source });
  const target = join(folder, compiledName(source));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, outputText);
}
