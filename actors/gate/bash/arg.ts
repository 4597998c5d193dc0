// One word of a command as the program will get it, as far as that can be known before it runs.

export type Span = readonly [number, number];

export interface Arg {
  readonly span: Span;
  /** What it may be. With `exact`, what it is: one of these, and nothing else. */
  readonly texts: readonly string[];
  readonly exact: boolean;
  /** The texts are patterns of file names. */
  readonly glob: boolean;
  /** How it begins, whatever the rest turns out to be. */
  readonly start: string;
}

export function literalArg(text: string, span: Span): Arg {
  return { span, texts: [text], exact: true, glob: false, start: text };
}

/** Nothing is known but how it begins. */
export function unknownArg(span: Span, start = ''): Arg {
  return { span, texts: [], exact: false, glob: false, start };
}

/** The one text that it is; undefined when that is not certain. */
export function textOf(arg: Arg | undefined): string | undefined {
  return arg?.exact === true && !arg.glob && arg.texts.length === 1 ? arg.texts[0] : undefined;
}

/** Whether the program may take it for an option. */
export function mayBeOption(arg: Arg): boolean {
  if (arg.start !== '') return arg.start.startsWith('-');
  return !arg.exact || arg.glob || arg.texts.some((text) => text.startsWith('-'));
}

/** A part of it, as an argument of its own: the value in `--file=value`. */
export function argAfter(arg: Arg, length: number): Arg {
  return { ...arg, texts: arg.texts.map((text) => text.slice(length)), start: arg.start.slice(length) };
}
