// A place in a list of tokens, with the questions a parser by descent asks.
import type { Token } from './tokens.ts';

export class Cursor {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }
  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }
  next(): Token | undefined {
    const token = this.tokens[this.at];
    this.at += 1;
    return token;
  }
  /** Whether the words or signs that follow are these. */
  isAt(...values: string[]): boolean {
    for (let ahead = 0; ahead < values.length; ahead += 1) {
      const token = this.tokens[this.at + ahead];
      if (token === undefined || token.value !== values[ahead] || (token.kind !== 'word' && token.kind !== 'sign')) return false;
    }
    return true;
  }
  isAtAny(values: ReadonlySet<string>): boolean {
    const token = this.peek();
    return token !== undefined && (token.kind === 'word' || token.kind === 'sign') && values.has(token.value);
  }
  take(...values: string[]): boolean {
    if (!this.isAt(...values)) return false;
    this.at += values.length;
    return true;
  }
  takeAny(values: ReadonlySet<string>): boolean {
    if (!this.isAtAny(values)) return false;
    this.at += 1;
    return true;
  }
  mark(): number {
    return this.at;
  }
  since(mark: number): readonly Token[] {
    return this.tokens.slice(mark, this.at);
  }
}
