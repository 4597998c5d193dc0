// Answers that are given again and again, the same object each time and never changed: their JSON is written once, and its tag made once.
import { createHash } from 'node:crypto';

export interface Written {
  readonly text: string;
  readonly tag: string;
}

const written = new WeakMap<object, Written | undefined>();

export function keepAnswer<T extends object>(answer: T): T {
  written.set(answer, undefined);
  return answer;
}

/** JSON and a hash of it; undefined for an answer that is not kept. */
export function keptText(answer: unknown): Written | undefined {
  if (typeof answer !== 'object' || answer === null || !written.has(answer)) return undefined;
  const known = written.get(answer) ?? write(JSON.stringify(answer));
  written.set(answer, known);
  return known;
}

/** Of any answer. */
export function answerText(answer: unknown): string {
  return keptText(answer)?.text ?? JSON.stringify(answer);
}

export function write(text: string): Written {
  return { text, tag: createHash('sha256').update(text).digest('base64url').slice(0, 27) };
}
