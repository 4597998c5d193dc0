// Answers in memory under their tags, the least lately used forgotten first. A tag names all that its answer depends on, so nothing here is
// ever stale: what is not asked for any more just goes.

export class KeptAnswers {
  readonly #texts = new Map<string, string>();
  readonly #mostChars: number;
  #chars = 0;

  constructor(mostChars: number) {
    this.#mostChars = mostChars;
  }

  find(tag: string): string | undefined {
    const text = this.#texts.get(tag);
    if (text === undefined) return undefined;
    this.#texts.delete(tag);
    this.#texts.set(tag, text);
    return text;
  }

  keep(tag: string, text: string): void {
    this.#forget(tag);
    // One that is larger than a part of the room would cost all others theirs.
    if (text.length > this.#mostChars / 8) return;
    this.#texts.set(tag, text);
    this.#chars += text.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#chars <= this.#mostChars) return;
      this.#forget(oldest);
    }
  }

  #forget(tag: string): void {
    this.#chars -= this.#texts.get(tag)?.length ?? 0;
    this.#texts.delete(tag);
  }
}
