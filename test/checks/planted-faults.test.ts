// A check that has never failed on a planted fault is not a check: faults are planted into a copy of the tree, and the part of
// `npm run check` that watches for them must fail and name the file and line of each. Faults that need no run of their own share one.
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = [
  'runtime',
  'supervisors',
  'actors',
  'transports',
  'gateway',
  'test',
  'scripts',
  'bench',
  'docs',
  'package.json',
  'tsconfig.json',
  'biome.json',
  '.dependency-cruiser.mjs',
];

/** `expected` follows `<file>:<line> ` in what the part prints. */
type Fault = readonly [what: string, file: string, text: string, expected: string];

const WRONG_IMPORTS: readonly Fault[] = [
  ['runtime importing actors', 'runtime/address.ts', "import '../actors/work/types.ts';\n", 'imports actors/work/types.ts: runtime-imports-nothing'],
  ['an import for types only', 'runtime/envelope.ts', "export type { Plan } from '../actors/work/types.ts';\n", 'imports actors/work/types.ts: runtime-imports-nothing'],
  ['supervisors importing transports', 'supervisors/index.ts', "import '../transports/index.ts';\n", 'imports transports/index.ts'],
  ['transports importing actors', 'transports/index.ts', "import '../actors/work/types.ts';\n", 'imports actors/work/types.ts'],
  ['actors importing gateway', 'actors/work/outcome.ts', "import '../../gateway/embed.ts';\n", 'imports gateway/embed.ts'],
  ['product importing tests', 'gateway/embed.ts', "import '../test/support/settle.ts';\n", 'imports test/support/settle.ts'],
  ["gateway's HTTP server in actors", 'actors/work/outcome.ts', "import 'fastify';\n", 'imports'],
  ['SQLite outside of persistence', 'gateway/embed.ts', "import 'better-sqlite3';\n", 'imports'],
  ['terminals outside of sessions', 'actors/work/ports.ts', "import 'node-pty';\n", 'imports'],
  ['WebSockets in the runtime', 'runtime/address.ts', "import 'ws';\n", 'imports'],
  ['a package that is there only for tests', 'runtime/address.ts', "import 'fast-check';\n", 'imports'],
];

const BROKEN_RULES: readonly Fault[] = [
  ['a try in actors/', 'actors/work/outcome.ts', 'try {\n  void 0;\n} finally {\n}\n', 'try in actors/'],
  ['a stray Date.now', 'runtime/address.ts', 'export const at = Date.now();\n', 'Date.now'],
  ['Date.now taken as a function', 'runtime/address.ts', 'export const now = Date.now;\n', 'Date.now'],
  ['a new Date of now', 'supervisors/index.ts', 'export const at = new Date();\n', 'new Date()'],
  ['a timer', 'transports/index.ts', 'setTimeout(() => {}, 1);\n', 'setTimeout()'],
  ['a timer by another door', 'actors/work/outcome.ts', 'globalThis.setInterval(() => {}, 1);\n', 'globalThis.setInterval'],
  ['a timer by a module', 'gateway/embed.ts', "import 'node:timers/promises';\n", 'node:timers/promises'],
  ['a timer in a signal', 'gateway/embed.ts', 'export const soon = AbortSignal.timeout(1);\n', 'AbortSignal.timeout'],
  ['performance.now', 'gateway/embed.ts', 'export const at = performance.now();\n', 'performance.now'],
  ['process.hrtime', 'gateway/embed.ts', 'export const at = process.hrtime.bigint();\n', 'process.hrtime'],
  ['a place taken from import.meta', 'gateway/embed.ts', 'export const here = import.meta.url;\n', 'import.meta'],
  ['a type that was given up', 'runtime/address.ts', '// as any: a comment counts too\n', "'as any'"],
  ['a test that is left out', 'test/runtime/subject.test.ts', "it.skip('later', () => {});\n", 'it.skip'],
  ['a file without a header', 'runtime/silent.ts', 'export const silent = 1;\n', 'opens without a comment'],
  ['a name that says nothing', 'runtime/string-utils.ts', '// Words.\nexport const words = 1;\n', 'has a banned name'],
  ['a name in another case', 'runtime/stringWords.ts', '// Words.\nexport const words = 1;\n', 'is not named in kebab-case'],
];

let tree: string;
const planted = new Map<string, string | undefined>();

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'troupe-planted-'));
  for (const name of COPIED.filter((name) => existsSync(join(ROOT, name)))) cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

/** Adds text at the end of a file, or makes the file. Returns the line on which the text begins. */
function plant(file: string, text: string): number {
  const path = join(tree, file);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (!planted.has(path)) planted.set(path, before);
  appendFileSync(path, text);
  return before === undefined ? 1 : before.split('\n').length;
}

function pullOut(): void {
  for (const [path, before] of planted) before === undefined ? rmSync(path) : writeFileSync(path, before);
  planted.clear();
}

function check(part: string, cwd = tree): { passed: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/check.mjs', part], { cwd, encoding: 'utf8' });
  return { passed: status === 0, output: stdout + stderr };
}

describe.each([
  ['layers', WRONG_IMPORTS],
  ['rules', BROKEN_RULES],
])('%s', (part, faults) => {
  const named = new Map<Fault, string>();
  let output: string;
  beforeAll(() => {
    for (const fault of faults) named.set(fault, `${fault[1]}:${plant(fault[1], fault[2])} `);
    output = check(part).output;
    pullOut();
  });

  it('pass over the tree without a plant', () => {
    expect(check(part)).toMatchObject({ passed: true });
  });

  it.each(faults.map((fault) => [fault[0], fault] as const))('see %s, by file and line', (_what, fault) => {
    expect(output).toContain(`${named.get(fault)}${fault[3]}`);
  });

  it('fail on one fault alone', () => {
    const [, file, text] = faults[0] as Fault;
    plant(file, text);
    expect(check(part).passed).toBe(false);
    pullOut();
  });
});

describe('layers', () => {
  it('see a cycle', () => {
    plant('runtime/address.ts', "import './index.ts';\n");
    expect(check('layers')).toMatchObject({ passed: false, output: expect.stringContaining('no-cycles') });
    pullOut();
  });

  it('refuse to pass over a tree of which they saw next to nothing', () => {
    const sparse = mkdtempSync(join(tree, 'sparse-'));
    for (const folder of ['runtime', 'supervisors', 'actors', 'transports', 'gateway']) cpSync(join(ROOT, 'runtime/clock.ts'), join(sparse, folder, 'clock.ts'));
    cpSync(join(ROOT, 'tsconfig.json'), join(sparse, 'tsconfig.json'));
    const { status, stderr } = spawnSync(process.execPath, [join(tree, 'scripts/layers.mjs')], { cwd: sparse, encoding: 'utf8' });
    rmSync(sparse, { recursive: true });
    expect(stderr).toContain('the layers were not checked');
    expect(status).toBe(1);
  });
});

describe('rules', () => {
  it('fail on a stray Date.now alone', () => {
    plant('runtime/address.ts', 'export const at = Date.now();\n');
    expect(check('rules').passed).toBe(false);
    pullOut();
  });

  it('let the places that touch the world try, and the clock read the time', () => {
    plant('actors/session/index.ts', 'try {\n  void 0;\n} finally {\n}\n');
    expect(check('rules').output).not.toContain('try in actors/');
    expect(readFileSync(join(tree, 'runtime/clock.ts'), 'utf8')).toContain('setTimeout');
    pullOut();
  });
});

describe('the other parts', () => {
  it.each([
    ['types', 'a wrong type', 'runtime/address.ts', "export const wrong: number = 'no';\n", 'runtime/address.ts('],
    ['style', 'an unused import', 'runtime/address.ts', "import { join } from 'node:path';\n", 'runtime/address.ts:'],
    ['style', 'a loose format', 'runtime/address.ts', 'export const  loose=1\n', 'runtime/address.ts format'],
    ['dead code', 'a file that nothing imports', 'runtime/lonely.ts', '// Nobody needs it.\nexport const lonely = 1;\n', 'runtime/lonely.ts'],
    ['dead code', 'an export that nothing imports', 'runtime/address.ts', 'export const LONELY = 1;\n', 'LONELY'],
  ])('%s see %s', (part, _what, file, text, named) => {
    plant(file, text);
    const { passed, output } = check(part);
    pullOut();
    expect(output).toContain(named);
    expect(passed).toBe(false);
    expect(check(part).output).not.toContain(named);
  });
});
