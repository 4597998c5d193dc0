// Answers that are given again and again, the same object each time and never changed: their JSON is written once.
const texts = new WeakMap<object, string | undefined>();

export function keepAnswer<T extends object>(answer: T): T {
  texts.set(answer, undefined);
  return answer;
}

/** Of any answer. */
export function answerText(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null || !texts.has(answer)) return JSON.stringify(answer);
  const text = texts.get(answer) ?? JSON.stringify(answer);
  texts.set(answer, text);
  return text;
}
