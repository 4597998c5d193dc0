// What happens while a word is being expanded: substitutions run commands, some expansions assign, and arithmetic evaluates what variables hold.
import { type ArithmeticExpression, forEachChild, type ParameterExpansionPart, type ParsedScript, type SyntaxNode, type Word } from 'unbash';
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

const INTEGER = /^(0|[1-9]\d*)$/;

/** Arithmetic evaluates the text of a variable again, subscripts and their substitutions included. */
export function arithmeticFindings(expression: ArithmeticExpression | undefined, span: Span, expanding: Expanding): Finding[] {
  if (expression === undefined) return [finding('HIGH', 'bash-not-understood', 'arithmetic that cannot be read', span)];
  const results: Finding[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'ArithmeticWord') results.push(...arithmeticWordFindings(node.value.trim(), span, expanding.scope));
    else if (node.type === 'ArithmeticCommandExpansion')
      results.push(
        finding('HIGH', 'bash-arithmetic-evaluates', 'evaluates the output of a command', span),
        ...(node.script === undefined ? [] : expanding.nested(node.script, expanding.scope, span)),
      );
    else if (node.type === 'Script') results.push(...expanding.nested(node, expanding.scope, span));
    else forEachChild(node, visit);
    if (node.type === 'ArithmeticWord') forEachChild(node, (part) => results.push(...partFindings(part, expanding)));
  };
  visit(expression);
  return results;
}

function arithmeticWordFindings(text: string, span: Span, scope: Scope): Finding[] {
  if (INTEGER.test(text)) return [];
  const name = /^\$?\{?([A-Za-z_]\w*)\}?$/.exec(text)?.[1];
  const values = name === undefined ? undefined : scope.variables.get(name);
  const numbers = values?.whole === true && values.texts.length > 0 && values.texts.every((each) => INTEGER.test(each));
  if (numbers) return [finding('MEDIUM', 'bash-arithmetic', `counts with ${name}`, span)];
  return [finding('HIGH', 'bash-arithmetic-evaluates', `arithmetic evaluates what '${text.slice(0, 40)}' holds`, span)];
}

export function partFindings(part: SyntaxNode, expanding: Expanding): Finding[] {
  switch (part.type) {
    case 'SimpleExpansion':
      return variableFindings(part.text.slice(1), part, expanding);
    case 'ParameterExpansion': {
      const results = [...variableFindings(part.parameter, part, expanding), ...operationFindings(part)];
      forEachChild(part, (child) => results.push(...childFindings(child, expanding)));
      return results;
    }
    case 'CommandExpansion':
      return substitutionFindings(part, expanding, false);
    case 'ProcessSubstitution':
      return substitutionFindings(part, expanding, true);
    case 'ArithmeticExpansion': {
      const old = part.text.startsWith('$[') ? [finding('HIGH', 'bash-not-understood', 'an old spelling of arithmetic', spanOf(part))] : [];
      return [...old, ...arithmeticFindings(part.expression, spanOf(part), expanding)];
    }
    case 'AnsiCQuoted':
      return hiddenCharacter(part.value) === undefined ? [] : [finding('HIGH', 'hidden-character', 'a quoted text holds a character that is not seen', spanOf(part))];
    case 'LocaleString':
    case 'ExtendedGlob':
      return [finding('MEDIUM', 'bash-word-unusual', 'a word that depends on settings of the shell', spanOf(part)), ...childrenFindings(part, expanding)];
    default:
      return childrenFindings(part, expanding);
  }
}

function childrenFindings(node: SyntaxNode, expanding: Expanding): Finding[] {
  const results: Finding[] = [];
  forEachChild(node, (child) => results.push(...partFindings(child, expanding)));
  return results;
}

/** Operations of an expansion hold words. */
function childFindings(child: SyntaxNode, expanding: Expanding): Finding[] {
  return child.type === 'Word' ? wordFindings(child, expanding) : childrenFindings(child, expanding);
}

export function wordFindings(word: Word, expanding: Expanding): Finding[] {
  return (word.parts ?? []).flatMap((part) => partFindings(part, expanding));
}
