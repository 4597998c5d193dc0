// The code of a page and the code it is taken from: a block names `file#region` in a comment above it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface DocBlock {
  /** `docs/examples/x.ts#region`; undefined when the block names none. */
  readonly source: string | undefined;
  readonly text: string;
}

/** Every fenced block of a page, in order. */
export function blocksOf(page: string): readonly DocBlock[] {
  const text = readFileSync(`${ROOT}${page}`, 'utf8');
  return [...text.matchAll(/(?:<!-- (\S+) -->\n)?```\w+\n([\s\S]*?)```/g)].map(([, source, code]) => ({ source, text: code ?? '' }));
}

/** The text between `#region name` and `#endregion name`, without its common indent. */
export function regionOf(source: string): string {
  const [file = '', name = ''] = source.split('#');
  const lines = readFileSync(`${ROOT}${file}`, 'utf8').split('\n');
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  const end = lines.findIndex((line) => line.trim() === `// #endregion ${name}`);
  if (start < 0 || end < start) throw new Error(`no region '${name}' in ${file}`);
  const region = lines.slice(start + 1, end);
  const indent = Math.min(...region.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length));
  return `${region.map((line) => line.slice(indent)).join('\n')}\n`;
}
