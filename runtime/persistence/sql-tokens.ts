// Splits SQL into tokens as SQLite's tokenizer does (https://sqlite.org/lang_keywords.html, lang_comment.html), as far as telling
// words from quoted text, comments and brackets needs it.

export interface SqlToken {
  /** Words in upper case, punctuation as it is, anything quoted as `''`. */
  readonly text: string;
  /** How many brackets are open around it; a bracket counts as inside. */
  readonly depth: number;
}

const TOKEN =
  /(?<blank>\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<quoted>'(?:[^']+|'')*'?|"(?:[^"]+|"")*"?|`(?:[^`]+|``)*`?|\[[^\]]*\]?)|(?<word>[\p{L}_\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*)|(?<number>\d[\w.]*)|(?<other>[\s\S])/gu;

export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let depth = 0;
  for (const { groups = {} } of sql.matchAll(TOKEN)) {
    if (groups.blank !== undefined) continue;
    const text = groups.quoted !== undefined ? "''" : (groups.word?.toUpperCase() ?? groups.number ?? groups.other ?? '');
    if (text === '(') depth += 1;
    tokens.push({ text, depth });
    if (text === ')') depth = Math.max(0, depth - 1);
  }
  return tokens;
}
