// The parser's tree as plain objects, every part of it read once, which is when the parser reads what it puts off. Nothing after this touches an object of
// the parser: shapes of those are forgotten with each collection of garbage, and with them all code that was compiled for them. Past a limit, or at an
// error, the rest stays as it was: the text is refused.
import type { Assignment, Command, CommandNode, CompoundList, HereDocBody, ParsedScript, PipelineNode, Redirection, Statement, TestExpression } from 'unbash';
import { type Census, enter, enterScript, leave, leaveScript } from './census.ts';
import { all, type Copy, counted, maybe, maybeAll, NONE, plainArithmetic, plainArray, plainPart, plainWord } from './plain-words.ts';

function plainAssignment(node: Assignment, census: Census): Assignment {
  if (!enter(census)) return node;
  const noted = census.settings.push(node) - 1;
  const index = maybe(node.index, plainWord, census);
  const value = node.value.type === 'Word' ? plainWord(node.value, census) : plainArray(node.value, census);
  leave(census);
  const copy: Assignment = { type: 'Assignment', pos: node.pos, end: node.end, text: node.text, name: node.name, value, append: node.append, index };
  census.settings[noted] = copy;
  return copy;
}

function plainBody(body: HereDocBody, census: Census): HereDocBody {
  if (!enter(census)) return body;
  const parts = maybeAll(body.parts, plainPart, census);
  leave(census);
  return { type: 'HereDocBody', pos: body.pos, end: body.end, text: body.text, parts };
}

function redirectionBelow(node: Redirection, census: Census): Redirection {
  const { pos, end } = node;
  const descriptor = maybe(node.descriptor, counted, census);
  switch (node.type) {
    case 'Redirect':
      return { type: 'Redirect', pos, end, operator: node.operator, descriptor, target: maybe(node.target, plainWord, census) };
    case 'HereString':
      return { type: 'HereString', pos, end, operator: node.operator, descriptor, target: maybe(node.target, plainWord, census) };
    case 'HereDoc': {
      const delimiter = maybe(node.delimiter, counted, census);
      return { type: 'HereDoc', pos, end, operator: node.operator, descriptor, delimiter, body: plainBody(node.body, census), closing: node.closing };
    }
  }
}

function plainRedirection(node: Redirection, census: Census): Redirection {
  if (!enter(census)) return node;
  const copy = redirectionBelow(node, census);
  leave(census);
  return copy;
}

const isArgument = (item: Command['suffix'][number]): item is Command['args'][number] => item.type === 'Word' || item.type === 'Assignment';
function areArguments(suffix: Command['suffix']): suffix is Command['args'] {
  for (const item of suffix) if (!isArgument(item)) return false;
  return true;
}

const isRedirection = (item: Command['suffix'][number]): item is Redirection => !isArgument(item);

const plainBefore: Copy<Command['prefix'][number]> = (item, census) => (item.type === 'Assignment' ? plainAssignment(item, census) : plainRedirection(item, census));
const plainAfter: Copy<Command['suffix'][number]> = (item, census) =>
  item.type === 'Word' ? plainWord(item, census) : item.type === 'Assignment' ? plainAssignment(item, census) : plainRedirection(item, census);

function plainCommand(node: Command, census: Census): Command {
  census.commands += 1;
  if (!enter(census)) return node;
  const prefix = all(node.prefix, plainBefore, census);
  const name = maybe(node.name, plainWord, census);
  const suffix = all(node.suffix, plainAfter, census);
  leave(census);
  const args = areArguments(suffix) ? suffix : suffix.filter(isArgument);
  const redirects = prefix.length === 0 && args === suffix ? NONE : [...prefix, ...suffix].filter(isRedirection);
  return { type: 'Command', pos: node.pos, end: node.end, name, prefix, suffix, args, redirects };
}

function testBelow(node: TestExpression, census: Census): TestExpression {
  switch (node.type) {
    case 'TestLogical':
      return { ...node, operands: all(node.operands, plainTest, census) };
    case 'TestNot':
      return { ...node, negations: all(node.negations, counted, census), operand: plainTest(node.operand, census) };
    case 'TestGroup':
      return { ...node, expression: plainTest(node.expression, census) };
    case 'TestUnary':
      return { ...node, operand: plainWord(node.operand, census) };
    case 'TestBinary':
      return { ...node, left: plainWord(node.left, census), right: plainWord(node.right, census) };
  }
}

function plainTest(node: TestExpression, census: Census): TestExpression {
  if (!enter(census)) return node;
  const copy = testBelow(node, census);
  leave(census);
  return copy;
}

function plainList(node: CompoundList, census: Census): CompoundList {
  if (!enterScript(census)) return node;
  const commands = all(node.commands, plainStatement, census);
  leaveScript(census);
  return { type: 'CompoundList', pos: node.pos, end: node.end, commands };
}

type Branch = Extract<CommandNode, { type: 'If' }>['elif'][number];

function plainBranch(node: Branch, census: Census): Branch {
  if (!enter(census)) return node;
  const clause = plainList(node.clause, census);
  const then = plainList(node.then, census);
  leave(census);
  return { type: 'Elif', pos: node.pos, end: node.end, clause, then };
}

type CaseItem = Extract<CommandNode, { type: 'Case' }>['items'][number];

function plainCase(node: CaseItem, census: Census): CaseItem {
  if (!enter(census)) return node;
  const pattern = all(node.pattern, plainWord, census);
  const body = plainList(node.body, census);
  leave(census);
  return { type: 'CaseItem', pos: node.pos, end: node.end, pattern, body, terminator: node.terminator };
}

type Repeating = Extract<CommandNode, { type: 'For' | 'Select' }>;

function repeatingBelow(node: Repeating, census: Census): Repeating {
  const noted = census.settings.push(node) - 1;
  const name = plainWord(node.name, census);
  const wordlist = maybeAll(node.wordlist, plainWord, census);
  const copy: Repeating = { type: node.type, pos: node.pos, end: node.end, name, wordlist, body: plainList(node.body, census) };
  census.settings[noted] = copy;
  return copy;
}

function compoundBelow(node: Compound, census: Census): Compound {
  const { pos, end } = node;
  switch (node.type) {
    case 'Subshell':
      return { type: 'Subshell', pos, end, body: plainList(node.body, census) };
    case 'BraceGroup':
      return { type: 'BraceGroup', pos, end, body: plainList(node.body, census) };
    case 'If': {
      const clause = plainList(node.clause, census);
      const then = plainList(node.then, census);
      return { type: 'If', pos, end, clause, then, elif: all(node.elif, plainBranch, census), else: maybe(node.else, plainList, census) };
    }
    case 'While':
      return { type: 'While', pos, end, kind: node.kind, clause: plainList(node.clause, census), body: plainList(node.body, census) };
    case 'Case':
      return { type: 'Case', pos, end, word: plainWord(node.word, census), items: all(node.items, plainCase, census) };
    case 'TestCommand':
      return { type: 'TestCommand', pos, end, expression: plainTest(node.expression, census) };
    case 'ArithmeticCommand':
      return { type: 'ArithmeticCommand', pos, end, expression: maybe(node.expression, plainArithmetic, census), body: node.body };
    case 'ArithmeticFor': {
      const initialize = maybe(node.initialize, plainArithmetic, census);
      const test = maybe(node.test, plainArithmetic, census);
      return { type: 'ArithmeticFor', pos, end, initialize, test, update: maybe(node.update, plainArithmetic, census), body: plainList(node.body, census) };
    }
    default:
      return repeatingBelow(node, census);
  }
}

/** What a function, or a process beside the script, is made of. */
type Body = Extract<CommandNode, { type: 'Coproc' }>['body'];
type Compound = Exclude<Body, { type: 'Command' | 'Redirected' | 'CompoundList' }>;

function plainCompound(node: Compound, census: Census): Compound {
  if (!enter(census)) return node;
  const copy = compoundBelow(node, census);
  leave(census);
  return copy;
}

type Redirected = Extract<Body, { type: 'Redirected' }>;

function plainRedirected(node: Redirected, census: Census): Redirected {
  if (!enter(census)) return node;
  const command = plainCompound(node.command, census);
  const redirects = all(node.redirects, plainRedirection, census);
  leave(census);
  return { type: 'Redirected', pos: node.pos, end: node.end, command, redirects };
}

type FunctionBody = Extract<CommandNode, { type: 'Function' }>['body'];

function plainFunctionBody(node: FunctionBody, census: Census): FunctionBody {
  return node.type === 'CompoundList' ? plainList(node, census) : node.type === 'Redirected' ? plainRedirected(node, census) : plainCompound(node, census);
}

function namedBelow(node: Extract<CommandNode, { type: 'Function' | 'Coproc' }>, census: Census): CommandNode {
  const { pos, end } = node;
  if (node.type === 'Coproc') {
    const name = maybe(node.name, plainWord, census);
    return { type: 'Coproc', pos, end, name, body: node.body.type === 'Command' ? plainCommand(node.body, census) : plainFunctionBody(node.body, census) };
  }
  census.functions.push(node.name.value);
  return { type: 'Function', pos, end, name: plainWord(node.name, census), body: plainFunctionBody(node.body, census) };
}

function plainNode(node: CommandNode, census: Census): CommandNode {
  if (node.type === 'Command') return plainCommand(node, census);
  if (node.type === 'Redirected') return plainRedirected(node, census);
  if (node.type !== 'Function' && node.type !== 'Coproc') return plainCompound(node, census);
  if (!enter(census)) return node;
  const copy = namedBelow(node, census);
  leave(census);
  return copy;
}

function plainPipeline(node: PipelineNode, census: Census): PipelineNode {
  if (node.type !== 'Pipeline') return plainNode(node, census);
  if (!enter(census)) return node;
  const prefixes = all(node.prefixes, counted, census);
  const commands = all(node.commands, plainNode, census);
  leave(census);
  return { type: 'Pipeline', pos: node.pos, end: node.end, prefixes, commands, operators: node.operators };
}

function plainChain(node: Statement['command'], census: Census): Statement['command'] {
  if (node.type !== 'AndOr') return plainPipeline(node, census);
  if (!enter(census)) return node;
  const commands = all(node.commands, plainPipeline, census);
  leave(census);
  return { type: 'AndOr', pos: node.pos, end: node.end, commands, operators: node.operators };
}

function plainStatement(node: Statement, census: Census): Statement {
  if (!enter(census)) return node;
  const command = plainChain(node.command, census);
  leave(census);
  return { type: 'Statement', pos: node.pos, end: node.end, command, background: node.background };
}

export function plainScript(script: ParsedScript, census: Census): ParsedScript {
  const [error] = script.errors ?? [];
  if (error !== undefined) census.refusal ??= { rule: 'bash-parse-error', why: `bash cannot parse this: ${error.message}`, at: error.pos };
  if (!enterScript(census)) return script;
  const commands = all(script.commands, plainStatement, census);
  leaveScript(census);
  const copy: ParsedScript = { type: 'Script', pos: script.pos, end: script.end, shebang: script.shebang, commands };
  return script.source === undefined ? copy : { ...copy, source: script.source };
}
