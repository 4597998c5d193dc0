// Walks a parsed script: every statement, every word, every redirection. What the tree holds that is not named here is HIGH.
import {
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
import { finding } from '../verdict.ts';
import { type Arg, literalArg, type Span, textOf } from './arg.ts';
import { assignmentFindings, protectedName } from './assignment-risk.ts';
import { commandFindings, onlyPrints } from './command-risk.ts';
import { arithmeticFindings, type Expanding, wordFindings } from './expansion-risk.ts';
import { changedFolder } from './folder-change.ts';
import { redirectFindings } from './redirect-risk.ts';
import { eitherFolder, type Scope, subshell } from './scope.ts';
import { argOf } from './words.ts';

type Located = SyntaxNode & { readonly pos: number; readonly end: number };
const spanOf = (node: Located): Span => [node.pos, node.end];

function expanding(scope: Scope, printed: boolean): Expanding {
  return {
    scope,
    printed,
    nested: (script, outer, span) => {
      const inner = scriptFindings(script, subshell(outer));
      // Positions in a decoded script are not positions in this text.
      return script.source === undefined ? inner : inner.map((each) => ({ ...each, span }));
    },
  };
}

/** A word that is one plain text holds nothing to expand. */
export function wordsFindings(words: readonly Word[], scope: Scope, printed = false): Finding[] {
  const expanded = words.filter((word) => word.parts !== undefined);
  if (expanded.length === 0) return [];
  const how = expanding(scope, printed);
  return expanded.flatMap((word) => wordFindings(word, how));
}

function commandNode(node: Command, scope: Scope): Finding[] {
  const results: Finding[] = [];
  const words: Word[] = node.name === undefined ? [] : [node.name];
  const args: Arg[] = words.map((word) => argOf(word, scope));
  const printed = node.name !== undefined && onlyPrints(textOf(args[0]));
  const read = (part: Command['prefix'][number] | Command['suffix'][number], before: boolean): void => {
    if (part.type === 'Word') {
      words.push(part);
      args.push(argOf(part, scope));
    } else if (part.type === 'Assignment') {
      results.push(...assignmentFindings(part, scope, before && node.name !== undefined));
      forEachChild(part, (child) =>
        results.push(...(child.type === 'Word' ? wordsFindings([child], scope) : child.type === 'ArrayValue' ? wordsFindings(child.elements, scope) : [])),
      );
      if (!before) args.push(literalArg(part.text, spanOf(part)));
    } else results.push(...redirection(part, scope));
  };
  for (const part of node.prefix) read(part, true);
  for (const part of node.suffix) read(part, false);
  results.push(...wordsFindings(words, scope, printed));
  if (node.name !== undefined) results.push(...commandFindings(args, scope, spanOf(node)));
  else if (results.length === 0) results.push(finding('MEDIUM', 'bash-no-command', 'runs no command', spanOf(node)));
  return results;
}

function redirection(node: Redirection, scope: Scope): Finding[] {
  const parts: Finding[] = [];
  if (node.type === 'HereDoc' && node.closing === undefined) parts.push(finding('HIGH', 'bash-parse-error', 'a here-document that does not end', spanOf(node)));
  if (node.type === 'HereDoc')
    for (const part of node.body.parts ?? [])
      parts.push(...wordFindings({ type: 'Word', text: '', value: '', pos: node.pos, end: node.end, parts: [part] }, expanding(scope, true)));
  else if (node.target !== undefined) parts.push(...wordsFindings([node.target], scope, node.type === 'HereString'));
  return [...parts, ...redirectFindings(node, scope)];
}

function testFindings(expression: TestExpression, scope: Scope): Finding[] {
  const span = spanOf(expression);
  switch (expression.type) {
    case 'TestLogical':
      return expression.operands.flatMap((each) => testFindings(each, scope));
    case 'TestNot':
      return testFindings(expression.operand, scope);
    case 'TestGroup':
      return testFindings(expression.expression, scope);
    case 'TestUnary': {
      const evaluates = /^-[vR]$/.test(expression.operator) && !/^[A-Za-z_]\w*$/.test(expression.operand.text);
      const results = wordsFindings([expression.operand], scope, true);
      return evaluates ? [...results, finding('HIGH', 'bash-arithmetic-evaluates', 'a subscript in a test is evaluated', span)] : results;
    }
    default: {
      const results = wordsFindings([expression.left, expression.right], scope, true);
      const arithmetic = /^-(eq|ne|lt|le|gt|ge)$/.test(expression.operator);
      const plain = [expression.left, expression.right].every((word) => /^-?\d+$/.test(word.text) || /^\$[?#]$/.test(word.text) || /^"?\$\{#\w+\}"?$/.test(word.text));
      return arithmetic && !plain ? [...results, finding('HIGH', 'bash-arithmetic-evaluates', 'a test that evaluates its words as arithmetic', span)] : results;
    }
  }
}

/** A loop's body may run again in the folder that it led to. */
function bodyFindings(body: CompoundList, scope: Scope): Finding[] {
  const before = scope.folders;
  const once = listFindings(body.commands, scope);
  if (scope.folders === before) return once;
  scope.folders = eitherFolder(before, scope.folders);
  const folders = scope.folders;
  const twice = listFindings(body.commands, scope);
  if (scope.folders?.length !== folders?.length) scope.folders = undefined;
  return [...once, ...twice];
}

function inLoop(scope: Scope, name: string, body: CompoundList): Finding[] {
  const inner: Scope = { ...scope, loops: new Set([...scope.loops, name]) };
  const results = bodyFindings(body, inner);
  scope.folders = inner.folders;
  return results;
}

function functionFindings(node: Extract<CommandNode, { type: 'Function' }>, scope: Scope): Finding[] {
  const span = spanOf(node);
  const name = node.name.value;
  const inner = subshell(scope);
  const body = node.body.type === 'CompoundList' ? listFindings(node.body.commands, inner) : nodeFindings(node.body, inner);
  // When it is called is not followed, so neither is where that leads.
  if (inner.folders !== scope.folders) scope.folders = undefined;
  const results = [finding('MEDIUM', 'bash-function', `defines ${name}`, span), ...body];
  if (commandIsKnown(name, scope)) results.push(finding('HIGH', 'bash-function-shadows', `${name} no longer means the command of that name`, span));
  if (callsItself(node, name)) results.push(finding('CRITICAL', 'bash-fork-bomb', `${name} starts itself again and again`, span));
  return results;
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

function nodeFindings(node: CommandNode, scope: Scope): Finding[] {
  const span = spanOf(node);
  switch (node.type) {
    case 'Command':
      return commandNode(node, scope);
    case 'Subshell':
      return listFindings(node.body.commands, subshell(scope));
    case 'BraceGroup':
      return listFindings(node.body.commands, scope);
    case 'Redirected':
      return [...node.redirects.flatMap((each) => redirection(each, scope)), ...nodeFindings(node.command, scope)];
    case 'If': {
      const lists = [node.clause, node.then, ...node.elif.flatMap((branch) => [branch.clause, branch.then]), ...(node.else === undefined ? [] : [node.else])];
      return lists.flatMap((list) => listFindings(list.commands, scope));
    }
    case 'For':
    case 'Select': {
      const words = wordsFindings(node.wordlist ?? [], scope, true);
      const asks = node.type === 'Select' ? [finding('HIGH', 'bash-reads-input', 'asks for a choice', span)] : [];
      return [...asks, ...protectedName(node.name.value, span), ...words, ...inLoop(scope, node.name.value, node.body)];
    }
    case 'While':
      return [finding('MEDIUM', 'bash-loop', 'a loop that may not end', span), ...listFindings(node.clause.commands, scope), ...bodyFindings(node.body, scope)];
    case 'Case':
      return [
        ...wordsFindings([node.word], scope, true),
        ...node.items.flatMap((item) => [...wordsFindings(item.pattern, scope, true), ...listFindings(item.body.commands, scope)]),
      ];
    case 'TestCommand':
      return [finding('LOW', 'bash-test', 'only compares', span), ...testFindings(node.expression, scope)];
    case 'ArithmeticCommand':
      return [finding('MEDIUM', 'bash-arithmetic', 'counts', span), ...arithmeticFindings(node.expression, span, expanding(scope, true))];
    case 'ArithmeticFor': {
      const parts = [node.initialize, node.test, node.update].filter((each) => each !== undefined);
      return [
        finding('MEDIUM', 'bash-arithmetic', 'counts', span),
        ...parts.flatMap((each) => arithmeticFindings(each, span, expanding(scope, true))),
        ...bodyFindings(node.body, scope),
      ];
    }
    case 'Function':
      return functionFindings(node, scope);
    default:
      return [finding('HIGH', 'bash-not-understood', `a construct that is not judged here: ${node.type}`, span)];
  }
}

function pipelineFindings(node: Statement['command'], scope: Scope): Finding[] {
  if (node.type === 'AndOr') return chainFindings(node.commands, node.operators, scope);
  if (node.type !== 'Pipeline') return nodeFindings(node, scope);
  const [only, ...others] = node.commands;
  if (only !== undefined && others.length === 0) return nodeFindings(only, scope);
  return node.commands.flatMap((each) => nodeFindings(each, subshell(scope)));
}

/** After `cd x &&` the folder is x; after anything else it may be either. */
function chainFindings(commands: readonly Statement['command'][], operators: readonly string[], scope: Scope): Finding[] {
  const results: Finding[] = [];
  let possible = scope.folders;
  for (const [at, command] of commands.entries()) {
    results.push(...pipelineFindings(command, scope));
    const moved = changedFolder(command, scope);
    if (moved !== undefined) scope.folders = operators[at] === '&&' ? moved.folders : eitherFolder(possible, moved.folders);
    possible = eitherFolder(possible, scope.folders);
  }
  scope.folders = possible;
  return results;
}

function statementFindings(statement: Statement, scope: Scope): Finding[] {
  const inner = statement.background === true ? subshell(scope) : scope;
  const before = inner.folders;
  const results = pipelineFindings(statement.command, inner);
  const moved = changedFolder(statement.command, inner);
  if (moved !== undefined) inner.folders = eitherFolder(before, moved.folders);
  if (statement.background === true) results.push(finding('MEDIUM', 'bash-background', 'goes on in the background', spanOf(statement)));
  return results;
}

function listFindings(statements: readonly Statement[], scope: Scope): Finding[] {
  const judged = (statement: Statement): Finding[] => {
    const results = statementFindings(statement, scope);
    return results.length > 0 ? results : [finding('HIGH', 'nothing-understood', 'no part of this was understood', spanOf(statement))];
  };
  const [only, ...others] = statements;
  return only !== undefined && others.length === 0 ? judged(only) : statements.flatMap(judged);
}

export function scriptFindings(script: ParsedScript, scope: Scope): Finding[] {
  return listFindings(script.commands, scope);
}
