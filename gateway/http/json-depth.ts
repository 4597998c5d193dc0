// How deep JSON from outside may nest. Parsers take any depth, but whoever walks the value afterwards (schemas, the journal) runs out of stack.

export const DEEPEST_JSON = 200;
export const TOO_DEEP = `JSON nested deeper than ${DEEPEST_JSON} levels`;

const QUOTE = 34;
const BACKSLASH = 92;
const OPENING: ReadonlySet<number> = new Set([91, 123]);
const CLOSING: ReadonlySet<number> = new Set([93, 125]);

/** Looks at the text only, before it is parsed; what is no JSON is the parser's to say. */
export function isTooDeep(text: string): boolean {
  // Each level takes a character to open it: short texts are not looked at.
  if (text.length <= DEEPEST_JSON) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (OPENING.has(code)) {
      depth += 1;
      if (depth > DEEPEST_JSON) return true;
    } else if (CLOSING.has(code)) depth -= 1;
  }
  return false;
}
