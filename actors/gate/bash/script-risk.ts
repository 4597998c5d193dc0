// Walks a parsed script: every statement, every word, every redirection. What the tree holds that is not named here is HIGH.
import {
  type ArithmeticExpression,
  type Assignment,
  type Command,
  type CommandNode,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  type Redirection,
  type Statement,
  type SyntaxNode,
  type TestExpression,
  type Word,
} from 'unbash';
import type { Finding } from '../../work/types.ts';
import { isHarmlessDevice } from '../file/sensitive-places.ts';
import { finding } from '../verdict.ts';
import { type Arg, literalArg, type Span, textOf } from './arg.ts';
import { assignmentFindings, protectedName } from './assignment-risk.ts';
import { commandFindings, judgeWords, onlyPrints } from './command-risk.ts';
import { type Expanding, judgeArithmetic, judgeParts } from './expansion-risk.ts';
import { changedFolder } from './folder-change.ts';
import { judgeRedirect } from './redirect-risk.ts';
import { eitherFolder, type Scope, subshell } from './scope.ts';
import { argOf } from './words.ts';

type Located = SyntaxNode & { readonly pos: number; readonly end: number };
const spanOf = (node: Located): Span => [node.pos, node.end];

function nested(script: ParsedScript, scope: Scope, span: Span): Finding[] {
  const inner = scriptFindings(script, subshell(scope));
  // Positions in a decoded script are not positions in this text.
  return script.source === undefined ? inner : inner.map((each) => ({ ...each, span }));
}

const expanding = (scope: Scope, printed: boolean): Expanding => ({ scope, printed, nested });

/** A word that is one plain text holds nothing to expand. */
function expandWords(words: readonly Word[], scope: Scope, printed: boolean, found: Finding[]): void {
  for (const word of words) if (word.parts !== undefined) judgeParts(word.parts, expanding(scope, printed), found);
}

function assign(node: Assignment, scope: Scope, before: boolean, found: Finding[]): void {
  found.push(...assignmentFindings(node, scope, before));
  if (node.index !== undefined) expandWords([node.index], scope, false, found);
  expandWords(node.value.type === 'Word' ? [node.value] : node.value.elements, scope, false, found);
}

/** What stands after the name as words; what else stands there is judged on the way. */
function argsAfter(suffix: Command['suffix'], scope: Scope, found: Finding[]): Arg[] {
  const args: Arg[] = [];
  for (const part of suffix) {
    if (part.type === 'Word') args.push(argOf(part, scope));
    else if (part.type === 'Assignment') {
      assign(part, scope, false, found);
      args.push(literalArg(part.text, spanOf(part)));
    } else redirect(part, scope, found);
  }
  return args;
}

function expandSuffix(suffix: Command['suffix'], scope: Scope, printed: boolean, found: Finding[]): void {
  for (const part of suffix) if (part.type === 'Word' && part.parts !== undefined) judgeParts(part.parts, expanding(scope, printed), found);
}

function judgeCommand(node: Command, scope: Scope, found: Finding[]): void {
  const { name, prefix, suffix } = node;
  const before = found.length;
  for (const part of prefix) {
    if (part.type === 'Assignment') assign(part, scope, name !== undefined, found);
    else redirect(part, scope, found);
  }
  const args = argsAfter(suffix, scope, found);
  if (printsNothing(node)) emptied(prefix, suffix, found);
  if (name === undefined) {
    expandSuffix(suffix, scope, false, found);
    if (found.length === before) found.push(finding('MEDIUM', 'bash-no-command', 'runs no command', spanOf(node)));
    return;
  }
  const first = argOf(name, scope);
  const printed = onlyPrints(textOf(first));
  if (name.parts !== undefined) judgeParts(name.parts, expanding(scope, printed), found);
  expandSuffix(suffix, scope, printed, found);
  judgeWords(first, args, scope, spanOf(node), found);
}

/** No command, one that says nothing, or `cat /dev/null`. */
function printsNothing({ name, suffix }: Command): boolean {
  if (name === undefined || name.value === ':' || name.value === 'true') return true;
  return name.value === 'cat' && suffix.every((part) => part.type !== 'Word' || part.value === '/dev/null');
}

/** Of a file that such a command is redirected to, nothing is left. */
function emptied(prefix: Command['prefix'], suffix: Command['suffix'], found: Finding[]): void {
  const parts: readonly (Command['prefix'][number] | Command['suffix'][number])[] = [...prefix, ...suffix];
  if (parts.some((part) => part.type === 'HereDoc' || part.type === 'HereString' || (part.type === 'Redirect' && part.operator.startsWith('<')))) return;
  for (const part of parts)
    if (part.type === 'Redirect' && /^(>\|?|&>)$/.test(part.operator) && part.target !== undefined && !isHarmlessDevice(part.target.value))
      found.push(finding('HIGH', 'bash-empties-file', `leaves nothing of ${part.target.value}`, spanOf(part)));
}

function redirect(node: Redirection, scope: Scope, found: Finding[]): void {
  if (node.type === 'HereDoc') {
    if (node.closing === undefined) found.push(finding('HIGH', 'bash-parse-error', 'a here-document that does not end', spanOf(node)));
    judgeParts(node.body.parts, expanding(scope, true), found);
  } else if (node.target !== undefined) expandWords([node.target], scope, node.type === 'HereString', found);
  judgeRedirect(node, scope, found);
}

function judgeTest(expression: TestExpression, scope: Scope, found: Finding[]): void {
  switch (expression.type) {
    case 'TestLogical':
      for (const each of expression.operands) judgeTest(each, scope, found);
      return;
    case 'TestNot':
      return judgeTest(expression.operand, scope, found);
    case 'TestGroup':
      return judgeTest(expression.expression, scope, found);
    case 'TestUnary':
      expandWords([expression.operand], scope, true, found);
      if (/^-[vR]$/.test(expression.operator) && !/^[A-Za-z_]\w*$/.test(expression.operand.text))
        found.push(finding('HIGH', 'bash-arithmetic-evaluates', 'a subscript in a test is evaluated', spanOf(expression)));
      return;
    default: {
      const words = [expression.left, expression.right];
      expandWords(words, scope, true, found);
      const plain = (word: Word): boolean => /^-?\d+$/.test(word.text) || /^\$[?#]$/.test(word.text) || /^"?\$\{#\w+\}"?$/.test(word.text);
      if (/^-(eq|ne|lt|le|gt|ge)$/.test(expression.operator) && !words.every(plain))
        found.push(finding('HIGH', 'bash-arithmetic-evaluates', 'a test that evaluates its words as arithmetic', spanOf(expression)));
    }
  }
}

/** A loop's body may run again in the folder that it led to. */
function judgeBody(body: CompoundList, scope: Scope, found: Finding[]): void {
  const before = scope.folders;
  judgeList(body.commands, scope, found);
  if (scope.folders === before) return;
  scope.folders = eitherFolder(before, scope.folders);
  const folders = scope.folders;
  judgeList(body.commands, scope, found);
  if (scope.folders?.length !== folders?.length) scope.folders = undefined;
}

function judgeLoop(name: string, body: CompoundList, scope: Scope, found: Finding[]): void {
  const inner: Scope = { ...scope, loops: new Set([...scope.loops, name]) };
  judgeBody(body, inner, found);
  scope.folders = inner.folders;
}

function judgeFunction(node: Extract<CommandNode, { type: 'Function' }>, scope: Scope, found: Finding[]): void {
  const span = spanOf(node);
  const name = node.name.value;
  const inner = subshell(scope);
  found.push(finding('MEDIUM', 'bash-function', `defines ${name}`, span));
  if (node.body.type === 'CompoundList') judgeList(node.body.commands, inner, found);
  else judgeNode(node.body, inner, found);
  // When it is called is not followed, so neither is where that leads.
  if (inner.folders !== scope.folders) scope.folders = undefined;
  if (commandIsKnown(name, scope)) found.push(finding('HIGH', 'bash-function-shadows', `${name} no longer means the command of that name`, span));
  if (callsItself(node, name)) found.push(finding('CRITICAL', 'bash-fork-bomb', `${name} starts itself again and again`, span));
}

function commandIsKnown(name: string, scope: Scope): boolean {
  return commandFindings([literalArg(name, [0, 0])], { ...scope, functions: new Set() }, [0, 0]).every(({ rule }) => rule !== 'bash-command-unknown');
}

/** In a pipeline or in the background, where each call is a new process. */
function callsItself(node: SyntaxNode, name: string): boolean {
  let found = false;
  const calls = (inner: SyntaxNode): boolean => {
    let called = inner.type === 'Command' && inner.name?.value === name;
    forEachChild(inner, (child) => {
      called = calls(child) || called;
    });
    return called;
  };
  const visit = (inner: SyntaxNode): void => {
    const multiplies = (inner.type === 'Statement' && inner.background === true) || (inner.type === 'Pipeline' && inner.commands.length > 1);
    if (multiplies && calls(inner)) found = true;
    forEachChild(inner, visit);
  };
  visit(node);
  return found;
}

function judgeCounting(parts: readonly (ArithmeticExpression | undefined)[], span: Span, scope: Scope, found: Finding[]): void {
  found.push(finding('MEDIUM', 'bash-arithmetic', 'counts', span));
  for (const each of parts) judgeArithmetic(each, span, expanding(scope, true), found);
}

function judgeNode(node: CommandNode, scope: Scope, found: Finding[]): void {
  switch (node.type) {
    case 'Command':
      return judgeCommand(node, scope, found);
    case 'Subshell':
      return judgeList(node.body.commands, subshell(scope), found);
    case 'BraceGroup':
      return judgeList(node.body.commands, scope, found);
    case 'Redirected':
      for (const each of node.redirects) redirect(each, scope, found);
      return judgeNode(node.command, scope, found);
    case 'If': {
      const lists = [node.clause, node.then, ...node.elif.flatMap((branch) => [branch.clause, branch.then]), ...(node.else === undefined ? [] : [node.else])];
      for (const list of lists) judgeList(list.commands, scope, found);
      return;
    }
    case 'For':
    case 'Select':
      if (node.type === 'Select') found.push(finding('HIGH', 'bash-reads-input', 'asks for a choice', spanOf(node)));
      found.push(...protectedName(node.name.value, spanOf(node)));
      expandWords(node.wordlist ?? [], scope, true, found);
      return judgeLoop(node.name.value, node.body, scope, found);
    case 'While':
      found.push(finding('MEDIUM', 'bash-loop', 'a loop that may not end', spanOf(node)));
      judgeList(node.clause.commands, scope, found);
      return judgeBody(node.body, scope, found);
    case 'Case':
      expandWords([node.word], scope, true, found);
      for (const { pattern, body } of node.items) {
        expandWords(pattern, scope, true, found);
        judgeList(body.commands, scope, found);
      }
      return;
    case 'TestCommand':
      found.push(finding('LOW', 'bash-test', 'only compares', spanOf(node)));
      return judgeTest(node.expression, scope, found);
    case 'ArithmeticCommand':
      return judgeCounting([node.expression], spanOf(node), scope, found);
    case 'ArithmeticFor': {
      const parts = [node.initialize, node.test, node.update].filter((each) => each !== undefined);
      judgeCounting(parts, spanOf(node), scope, found);
      return judgeBody(node.body, scope, found);
    }
    case 'Function':
      return judgeFunction(node, scope, found);
    default:
      found.push(finding('HIGH', 'bash-not-understood', `a construct that is not judged here: ${node.type}`, spanOf(node)));
  }
}

function judgePipeline(node: Statement['command'], scope: Scope, found: Finding[]): void {
  if (node.type === 'AndOr') return judgeChain(node.commands, node.operators, scope, found);
  if (node.type !== 'Pipeline') return judgeNode(node, scope, found);
  const only = node.commands.length === 1;
  for (const each of node.commands) judgeNode(each, only ? scope : subshell(scope), found);
}

/** After `cd x &&` the folder is x; after anything else it may be either. */
function judgeChain(commands: readonly Statement['command'][], operators: readonly string[], scope: Scope, found: Finding[]): void {
  let possible = scope.folders;
  for (const [at, command] of commands.entries()) {
    judgePipeline(command, scope, found);
    const moved = changedFolder(command, scope);
    if (moved !== undefined) scope.folders = operators[at] === '&&' ? moved.folders : eitherFolder(possible, moved.folders);
    if (scope.folders !== possible) possible = eitherFolder(possible, scope.folders);
  }
  scope.folders = possible;
}

function judgeStatement(statement: Statement, scope: Scope, found: Finding[]): void {
  const inner = statement.background === true ? subshell(scope) : scope;
  const before = inner.folders;
  judgePipeline(statement.command, inner, found);
  const moved = changedFolder(statement.command, inner);
  if (moved !== undefined) inner.folders = eitherFolder(before, moved.folders);
  if (statement.background === true) found.push(finding('MEDIUM', 'bash-background', 'goes on in the background', spanOf(statement)));
}

function judgeList(statements: readonly Statement[], scope: Scope, found: Finding[]): void {
  for (const statement of statements) {
    const before = found.length;
    judgeStatement(statement, scope, found);
    if (found.length === before) found.push(finding('HIGH', 'nothing-understood', 'no part of this was understood', spanOf(statement)));
  }
}

export function scriptFindings(script: ParsedScript, scope: Scope): Finding[] {
  const found: Finding[] = [];
  judgeList(script.commands, scope, found);
  return found;
}
