// The readable record in an agent's terminal: when, which task and step, what, and how it ended.
// Control characters of what is shown are made visible, so that no output can drive the terminal of the person who looks.
import type { Clock } from '../../../runtime/clock.ts';

export interface Transcript {
  /** One line; `about` is a task, a step or a message. */
  line(about: string, text: string): void;
  /** Output as it comes. */
  output(text: string): void;
}

const LONGEST_LINE = 400;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

export function visibleText(text: string): string {
  return text.replace(CONTROL, (char) => (char === '\r' ? '' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`));
}

export function transcript(options: { readonly clock: Clock; write(text: string): void }): Transcript {
  let fresh = true;
  const write = (text: string): void => {
    fresh = text.endsWith('\n');
    options.write(text);
  };
  return {
    line(about, text) {
      const time = new Date(options.clock.now()).toISOString().slice(11, 19);
      const shown = visibleText(text).replaceAll('\n', ' ⏎ ');
      const cut = shown.length > LONGEST_LINE ? `${shown.slice(0, LONGEST_LINE)} …` : shown;
      write(`${fresh ? '' : '\n'}${time} ${visibleText(about)}  ${cut}\n`);
    },
    output(text) {
      if (text !== '') write(visibleText(text));
    },
  };
}
