// Words of the parser's tree as plain objects, with all that is expanded in them. A script within a word is read as the census says.
import type { ArithmeticExpression, ArrayValue, DoubleQuotedPart, ParameterOperation, Word, WordPart } from 'unbash';
import { type Census, enter, leave } from './census.ts';

export type Copy<Node> = (node: Node, census: Census) => Node;

export const NONE: readonly never[] = [];

export function all<Node>(nodes: readonly Node[], copy: Copy<Node>, census: Census): readonly Node[] {
  if (nodes.length === 0) return NONE;
  const copies = nodes.slice();
  for (let at = 0; at < copies.length; at += 1) copies[at] = copy(copies[at] as Node, census);
  return copies;
}

export const maybe = <Node>(node: Node | undefined, copy: Copy<Node>, census: Census): Node | undefined => (node === undefined ? undefined : copy(node, census));
export const maybeAll = <Node>(nodes: readonly Node[] | undefined, copy: Copy<Node>, census: Census): readonly Node[] | undefined =>
  nodes === undefined ? undefined : all(nodes, copy, census);

/** A node that has no children. */
export function counted<Node>(node: Node, census: Census): Node {
  if (enter(census)) leave(census);
  return node;
}

export function plainWord(word: Word, census: Census): Word {
  if (!enter(census)) return word;
  const parts = maybeAll(word.parts, plainPart, census);
  leave(census);
  return { type: 'Word', text: word.text, value: word.value, pos: word.pos, end: word.end, parts };
}

function operationBelow(operation: ParameterOperation, census: Census): ParameterOperation {
  switch (operation.type) {
    case 'Default':
    case 'Remove':
    case 'Transform':
      return { ...operation, operand: plainWord(operation.operand, census) };
    case 'CaseModification':
      return { ...operation, operand: maybe(operation.operand, plainWord, census) };
    case 'Replace':
      return { ...operation, pattern: plainWord(operation.pattern, census), replacement: plainWord(operation.replacement, census) };
    case 'Slice':
      return { ...operation, offset: plainWord(operation.offset, census), length: maybe(operation.length, plainWord, census) };
    default:
      return operation;
  }
}

function plainOperation(operation: ParameterOperation, census: Census): ParameterOperation {
  if (!enter(census)) return operation;
  const copy = operationBelow(operation, census);
  leave(census);
  return copy;
}

function arithmeticBelow(node: ArithmeticExpression, census: Census): ArithmeticExpression {
  switch (node.type) {
    case 'ArithmeticBinary':
      return { ...node, left: plainArithmetic(node.left, census), right: plainArithmetic(node.right, census) };
    case 'ArithmeticUnary':
      return { ...node, operand: plainArithmetic(node.operand, census) };
    case 'ArithmeticTernary': {
      const test = plainArithmetic(node.test, census);
      return { ...node, test, consequent: plainArithmetic(node.consequent, census), alternate: plainArithmetic(node.alternate, census) };
    }
    case 'ArithmeticGroup':
      return { ...node, expression: plainArithmetic(node.expression, census) };
    case 'ArithmeticWord':
      return { ...node, parts: maybeAll(node.parts, plainPart, census) };
    case 'ArithmeticCommandExpansion':
      return { type: 'ArithmeticCommandExpansion', pos: node.pos, end: node.end, text: node.text, script: maybe(node.script, census.script, census) };
  }
}

export function plainArithmetic(node: ArithmeticExpression, census: Census): ArithmeticExpression {
  if (!enter(census)) return node;
  const copy = arithmeticBelow(node, census);
  leave(census);
  return copy;
}

/** What may stand in double quotes. */
type QuotedPart = DoubleQuotedPart['parts'][number];

function quotedBelow(part: QuotedPart, census: Census): QuotedPart {
  const { pos, end, text } = part;
  switch (part.type) {
    case 'Literal':
      return { type: 'Literal', pos, end, text, value: part.value };
    case 'SimpleExpansion':
      return { type: 'SimpleExpansion', pos, end, text };
    case 'ParameterExpansion':
      return { ...part, index: maybe(part.index, plainWord, census), operation: maybe(part.operation, plainOperation, census) };
    case 'CommandExpansion':
      return { type: 'CommandExpansion', pos, end, text, script: maybe(part.script, census.script, census) };
    case 'ArithmeticExpansion':
      return { type: 'ArithmeticExpansion', pos, end, text, expression: maybe(part.expression, plainArithmetic, census) };
  }
}

function quotedPart(part: QuotedPart, census: Census): QuotedPart {
  if (!enter(census)) return part;
  const copy = quotedBelow(part, census);
  leave(census);
  return copy;
}

function partBelow(part: WordPart, census: Census): WordPart {
  const { pos, end, text } = part;
  switch (part.type) {
    case 'SingleQuoted':
      return { type: 'SingleQuoted', pos, end, text, value: part.value };
    case 'DoubleQuoted':
      return { type: 'DoubleQuoted', pos, end, text, parts: all(part.parts, quotedPart, census) };
    case 'LocaleString':
      return { type: 'LocaleString', pos, end, text, parts: all(part.parts, quotedPart, census) };
    case 'ProcessSubstitution':
      return { type: 'ProcessSubstitution', pos, end, text, operator: part.operator, script: maybe(part.script, census.script, census) };
    case 'Glob':
      return part.kind === 'bracket' ? { ...part, parts: all(part.parts, plainPart, census) } : { type: 'Glob', kind: part.kind, pos, end, text, value: part.value };
    case 'BraceExpansion':
    case 'ExtendedGlob':
      return { ...part, parts: maybeAll(part.parts, plainPart, census) };
    case 'AnsiCQuoted':
      return { type: 'AnsiCQuoted', pos, end, text, value: part.value };
    default:
      return quotedBelow(part, census);
  }
}

export function plainPart(part: WordPart, census: Census): WordPart {
  if (!enter(census)) return part;
  const copy = partBelow(part, census);
  leave(census);
  return copy;
}

export function plainArray(array: ArrayValue, census: Census): ArrayValue {
  if (!enter(census)) return array;
  const elements = all(array.elements, plainWord, census);
  leave(census);
  return { type: 'ArrayValue', pos: array.pos, end: array.end, elements };
}
