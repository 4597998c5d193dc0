// What happens while a word is being expanded: substitutions run commands, some expansions assign, and arithmetic evaluates what variables hold.
import type { ArithmeticExpression, ParameterExpansionPart, ParameterOperation, ParsedScript, SyntaxNode, Word, WordPart } from 'unbash';
import type { Finding } from '../../work/types.ts';
import { hiddenCharacter } from '../characters.ts';
import { finding, worstOf } from '../verdict.ts';
import type { Span } from './arg.ts';
import type { Scope } from './scope.ts';
import { isPlainVariable, isSecretVariable } from './variables.ts';

export interface Expanding {
  readonly scope: Scope;
  /** The result is only printed or compared, never run or opened. */
  readonly printed: boolean;
  nested(script: ParsedScript, scope: Scope, span: Span): Finding[];
}

type Node = SyntaxNode & { readonly pos: number; readonly end: number };
const spanOf = (node: Node): Span => [node.pos, node.end];

function variableFindings(name: string, node: Node, { scope }: Expanding): Finding[] {
  if (isSecretVariable(name)) return [finding('HIGH', 'bash-secret-variable', `$${name} may hold a secret`, spanOf(node))];
  if (isPlainVariable(name) || scope.variables.has(name)) return [];
  return [finding('MEDIUM', 'bash-variable-unknown', `$${name} is not set here`, spanOf(node))];
}

function operationFindings(part: ParameterExpansionPart): Finding[] {
  const span = spanOf(part);
  const high = (why: string): Finding[] => [finding('HIGH', 'bash-expansion-evaluates', `\${${part.parameter}…} ${why}`, span)];
  const medium = (why: string): Finding[] => [finding('MEDIUM', 'bash-expansion-edits', `\${${part.parameter}…} ${why}`, span)];
  const index = part.index?.text;
  if (part.prefix === '!') return high('names a variable through another');
  if (index !== undefined && !/^([@*]|\d+)$/.test(index)) return high('has a subscript that is evaluated');
  const operation = part.operation;
  switch (operation?.type) {
    case undefined:
      return index === undefined ? [] : medium('takes an element');
    case 'Default':
      return operation.operator.includes('=') ? high('assigns') : operation.operator.includes('?') ? medium('may stop the script') : [];
    case 'Slice':
      return /^\s*-?\d*$/.test(operation.offset.text) && /^\s*-?\d*$/.test(operation.length?.text ?? '') ? medium('takes a part') : high('has an offset that is evaluated');
    case 'Remove':
    case 'Replace':
    case 'CaseModification':
      return medium('edits the value');
    default:
      return high('evaluates what the variable holds');
  }
}

function substitutionFindings(node: Node & { script: ParsedScript | undefined; text: string }, expanding: Expanding, processes: boolean): Finding[] {
  const span = spanOf(node);
  if (node.script === undefined) return [finding('HIGH', 'bash-not-understood', 'a substitution that cannot be read', span)];
  const inner = expanding.nested(node.script, expanding.scope, span);
  if (node.text.startsWith('${')) return [finding('HIGH', 'bash-not-understood', 'a substitution that runs in this shell', span), ...inner];
  if (node.script.commands.length === 0) return [finding('HIGH', 'bash-not-understood', 'a substitution without a command', span)];
  const harmless = expanding.printed && !processes && worstOf(inner) === 'LOW';
  const fetched = !expanding.printed && inner.some(({ rule }) => rule === 'bash-network');
  if (fetched) inner.push(finding('HIGH', 'bash-substitution-fetched', 'words that the network sends become words of this command', span));
  return harmless ? inner : [finding('MEDIUM', 'bash-substitution', 'the output of a command becomes part of this one', span), ...inner];
}

/** Digits mean themselves, whatever their base. */
const INTEGER = /^(\d+|0[xX][0-9a-fA-F]+|\d{1,2}#[0-9a-zA-Z]+)$/;

function arithmeticWordFindings(text: string, span: Span, scope: Scope): Finding[] {
  if (INTEGER.test(text)) return [];
  const name = /^\$?\{?([A-Za-z_]\w*)\}?$/.exec(text)?.[1];
  const values = name === undefined ? undefined : scope.variables.get(name);
  const numbers = values?.whole === true && values.texts.length > 0 && values.texts.every((each) => INTEGER.test(each));
  if (numbers) return [finding('MEDIUM', 'bash-arithmetic', `counts with ${name}`, span)];
  return [finding('HIGH', 'bash-arithmetic-evaluates', `arithmetic evaluates what '${text.slice(0, 40)}' holds`, span)];
}

/** Arithmetic evaluates the text of a variable again, subscripts and their substitutions included. */
export function judgeArithmetic(node: ArithmeticExpression | undefined, span: Span, expanding: Expanding, found: Finding[]): void {
  switch (node?.type) {
    case undefined:
      found.push(finding('HIGH', 'bash-not-understood', 'arithmetic that cannot be read', span));
      return;
    case 'ArithmeticBinary':
      judgeArithmetic(node.left, span, expanding, found);
      return judgeArithmetic(node.right, span, expanding, found);
    case 'ArithmeticUnary':
      return judgeArithmetic(node.operand, span, expanding, found);
    case 'ArithmeticTernary':
      judgeArithmetic(node.test, span, expanding, found);
      judgeArithmetic(node.consequent, span, expanding, found);
      return judgeArithmetic(node.alternate, span, expanding, found);
    case 'ArithmeticGroup':
      return judgeArithmetic(node.expression, span, expanding, found);
    case 'ArithmeticWord':
      found.push(...arithmeticWordFindings(node.value.trim(), span, expanding.scope));
      return judgeParts(node.parts, expanding, found);
    case 'ArithmeticCommandExpansion':
      found.push(finding('HIGH', 'bash-arithmetic-evaluates', 'evaluates the output of a command', span));
      if (node.script !== undefined) found.push(...expanding.nested(node.script, expanding.scope, span));
  }
}

/** The words that an operation of an expansion holds. */
function judgeOperation(operation: ParameterOperation | undefined, expanding: Expanding, found: Finding[]): void {
  switch (operation?.type) {
    case 'Default':
    case 'Remove':
    case 'Transform':
    case 'CaseModification':
      return judgeWord(operation.operand, expanding, found);
    case 'Replace':
      judgeWord(operation.pattern, expanding, found);
      return judgeWord(operation.replacement, expanding, found);
    case 'Slice':
      judgeWord(operation.offset, expanding, found);
      return judgeWord(operation.length, expanding, found);
  }
}

function judgePart(part: WordPart, expanding: Expanding, found: Finding[]): void {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
      return;
    case 'SimpleExpansion':
      found.push(...variableFindings(part.text.slice(1), part, expanding));
      return;
    case 'ParameterExpansion':
      found.push(...variableFindings(part.parameter, part, expanding), ...operationFindings(part));
      judgeWord(part.index, expanding, found);
      return judgeOperation(part.operation, expanding, found);
    case 'CommandExpansion':
      found.push(...substitutionFindings(part, expanding, false));
      return;
    case 'ProcessSubstitution':
      found.push(...substitutionFindings(part, expanding, true));
      return;
    case 'ArithmeticExpansion':
      if (part.text.startsWith('$[')) found.push(finding('HIGH', 'bash-not-understood', 'an old spelling of arithmetic', spanOf(part)));
      return judgeArithmetic(part.expression, spanOf(part), expanding, found);
    case 'AnsiCQuoted':
      if (hiddenCharacter(part.value) !== undefined) found.push(finding('HIGH', 'hidden-character', 'a quoted text holds a character that is not seen', spanOf(part)));
      return;
    case 'LocaleString':
    case 'ExtendedGlob':
      found.push(finding('MEDIUM', 'bash-word-unusual', 'a word that depends on settings of the shell', spanOf(part)));
      return judgeParts(part.parts, expanding, found);
    default:
      return judgeParts(part.parts, expanding, found);
  }
}

export function judgeParts(parts: readonly WordPart[] | undefined, expanding: Expanding, found: Finding[]): void {
  if (parts !== undefined) for (const part of parts) judgePart(part, expanding, found);
}

function judgeWord(word: Word | undefined, expanding: Expanding, found: Finding[]): void {
  if (word !== undefined) judgeParts(word.parts, expanding, found);
}
