// The rules of the house as data: which files each covers, and what it finds there. Rules on names and comments see a file, the others each node.
import ts from 'typescript';

const isProduct = (name) => /^(runtime|supervisors|actors|transports|gateway|dashboard)\//.test(name);
/** These touch the world, where an answer of the world is no crash; and the shell parser runs out of stack on hostile texts, which is an answer too. */
const touchesTheWorld = (name) => /^actors\/(session|driver|workspace|process)\/|^actors\/gate\/(execute|parse)\b/.test(name);
const readsRealTime = (name) => name === 'runtime/clock.ts' || name.startsWith('dashboard/');

const CLOCK = 'take a Clock (runtime/clock.ts)';
const REAL_TIME_CALLS = new Set(['setTimeout', 'setInterval', 'Date']);
const REAL_TIME_MEMBERS = new Set([
  'Date.now',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'process.uptime',
  'AbortSignal.timeout',
  'globalThis.setTimeout',
  'globalThis.setInterval',
  'globalThis.Date',
  'globalThis.performance',
]);
const TIMER_MODULES = new Set(['node:timers', 'timers', 'node:timers/promises', 'timers/promises', 'node:perf_hooks', 'perf_hooks']);

function realTime(node) {
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && REAL_TIME_CALLS.has(node.expression.text)) return `${node.expression.text}(): ${CLOCK}`;
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0) return `new Date(): ${CLOCK}`;
  if (ts.isPropertyAccessExpression(node) && REAL_TIME_MEMBERS.has(node.getText())) return `${node.getText()}: ${CLOCK}`;
  if (ts.isStringLiteral(node) && TIMER_MODULES.has(node.text) && ts.isImportDeclaration(node.parent)) return `${node.text}: ${CLOCK}`;
  return undefined;
}

export const NODE_RULES = [
  {
    covers: (name) => name.startsWith('actors/') && !touchesTheWorld(name),
    problem: (node) => (ts.isTryStatement(node) ? 'try in actors/: let it crash, its supervisor decides' : undefined),
  },
  { covers: (name) => isProduct(name) && !readsRealTime(name), problem: realTime },
  {
    covers: (name) => isProduct(name) && name !== 'runtime/package-root.ts',
    problem: (node) =>
      ts.isMetaProperty(node)
        ? 'import.meta: programs are bundled, so a module does not lie where its source does: take builtProgram or packageRoot (runtime/package-root.ts)'
        : undefined,
  },
  {
    covers: (name) => name.startsWith('test/'),
    problem: (node) =>
      ts.isPropertyAccessExpression(node) && /^(it|test|describe)$/.test(node.expression.getText()) && /^(skip|only|todo)$/.test(node.name.text)
        ? `${node.getText()}: a test runs or is not there`
        : undefined,
  },
];

const BANNED_WORD = /(^|[-/.])(managers?|helpers?|utils?|common|misc|data)(\.|\/|$)/;
const KEBAB_PATH = /^[a-z0-9]+([-.][a-z0-9]+)*(\/[a-z0-9]+([-.][a-z0-9]+)*)*$/;
const UNFINISHED = /\b(TODO|FIXME|XXX)\b|@ts-(ignore|nocheck|expect-error)|\bas any\b/g;
const HEADER = /^(#!.*\n)?\s*(\/\/|\/\*)/;

function onlyReExports(tree) {
  return tree.statements.every((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined);
}

export const FILE_RULES = [
  {
    covers: isProduct,
    find: ({ text, tree }) => (HEADER.test(text) || onlyReExports(tree) ? [] : [{ position: 0, problem: 'opens without a comment that says what it is for' }]),
  },
  {
    covers: () => true,
    find: ({ name }) => (BANNED_WORD.test(name) ? [{ position: 0, problem: 'has a banned name: name it by what it holds' }] : []),
  },
  {
    covers: (name) => !name.startsWith('dashboard/'),
    find: ({ name }) => (KEBAB_PATH.test(name) ? [] : [{ position: 0, problem: 'is not named in kebab-case' }]),
  },
  {
    covers: (name) => name !== 'scripts/house-rules.mjs' && !name.startsWith('test/checks/'),
    find: ({ text }) => [...text.matchAll(UNFINISHED)].map((match) => ({ position: match.index, problem: `'${match[0]}': finish it, or write an issue` })),
  },
];
