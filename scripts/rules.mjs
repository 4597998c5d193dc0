// The rules of the house that no linter knows, checked on the syntax tree of every source in the current directory. Prints file:line.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { FILE_RULES, NODE_RULES } from './house-rules.mjs';

const FOLDERS = ['runtime', 'supervisors', 'actors', 'transports', 'gateway', 'dashboard', 'test', 'bench', 'scripts'];
const FEWEST_FILES = 100;

function sources() {
  const names = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)));
  return names.filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !name.includes('node_modules'));
}

function problemsOf(name) {
  const problems = [];
  const text = readFileSync(name, 'utf8');
  const tree = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, name.endsWith('.mjs') ? ts.ScriptKind.JS : undefined);
  const at = (position) => tree.getLineAndCharacterOfPosition(position).line + 1;
  for (const rule of FILE_RULES.filter((rule) => rule.covers(name)))
    for (const { position, problem } of rule.find({ name, text, tree })) problems.push(`${name}:${at(position)} ${problem}`);
  const rules = NODE_RULES.filter((rule) => rule.covers(name));
  const visit = (node) => {
    for (const rule of rules) {
      const problem = rule.problem(node);
      if (problem !== undefined) problems.push(`${name}:${at(node.getStart(tree))} ${problem}`);
    }
    ts.forEachChild(node, visit);
  };
  if (rules.length > 0) visit(tree);
  return problems;
}

const names = sources();
const problems = names.flatMap(problemsOf);
if (names.length < FEWEST_FILES) problems.push(`only ${names.length} files were seen: the rules looked in the wrong place`);
for (const problem of problems) console.error(problem);
console.log(`rules: ${names.length} files, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
