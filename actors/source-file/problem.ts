// What is wrong in a file that somebody wrote: where, in which field, and what was meant.

export interface SourceProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `tasks[1].steps[0].bash`; empty for the file as a whole. */
  readonly field: string;
  readonly message: string;
}

/** One line a problem, `file:line:column: field: message`, in the order of the file. */
export function problemsText(problems: readonly SourceProblem[]): string {
  return inOrder(problems)
    .map(({ file, line, column, field, message }) => `${file}:${line}:${column}: ${field === '' ? '' : `${field}: `}${message}`)
    .join('\n');
}

export function inOrder(problems: readonly SourceProblem[]): SourceProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
