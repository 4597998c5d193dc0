// How deep a YAML text nests, found from its tokens alone: the parser recurses, so this is asked before.
import { CST, Lexer } from 'yaml';

const OPENS: readonly string[] = ['flow-map-start', 'flow-seq-start'];
const CLOSES: readonly string[] = ['flow-map-end', 'flow-seq-end'];
/** Several on one line nest: `- - - a`. */
const MARKS: readonly string[] = ['seq-item-ind', 'explicit-key-ind', 'map-value-ind'];
const BLANK: readonly string[] = ['space', 'comment', 'doc-start', 'doc-mode', 'byte-order-mark'];

/** An upper bound: brackets that are open, indentations around the line, and marks on it. */
export function nestingOf(text: string): number {
  const indents: number[] = [];
  const line = { column: 0, marks: 0, begun: false };
  let open = 0;
  let deepest = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token) ?? '';
    if (type === 'newline') Object.assign(line, { column: 0, marks: 0, begun: false });
    else if (!line.begun && !BLANK.includes(type)) {
      line.begun = true;
      while ((indents[indents.length - 1] ?? -1) >= line.column) indents.pop();
      indents.push(line.column);
    }
    line.column += token.length;
    if (OPENS.includes(type)) open += 1;
    if (CLOSES.includes(type)) open -= 1;
    if (MARKS.includes(type) && open === 0) line.marks += 1;
    deepest = Math.max(deepest, open + indents.length + line.marks);
  }
  return deepest;
}
