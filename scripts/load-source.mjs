// Loads a source that imports nothing, its types stripped: nothing loads TypeScript at run time.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

export async function loadSource(path) {
  const source = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 } });
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}
