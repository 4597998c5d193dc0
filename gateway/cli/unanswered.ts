// Which requests of a JSON-RPC client have no answer yet, by the texts that go past: batches too. What is no JSON counts as nothing.

interface Frame {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: { readonly requestId?: unknown } | null;
}

/** What is cancelled gets no answer. */
const CANCELLED = 'notifications/cancelled';

export class Unanswered {
  readonly #ids = new Set<unknown>();

  get count(): number {
    return this.#ids.size;
  }

  /** What the client says. */
  asked(text: string): void {
    for (const { id, method, params } of framesOf(text)) {
      if (isId(id) && typeof method === 'string') this.#ids.add(id);
      if (method === CANCELLED) this.#ids.delete(params?.requestId);
    }
  }

  /** What the server says: its own requests have a method too. */
  answered(text: string): void {
    for (const { id, method } of framesOf(text)) if (method === undefined) this.#ids.delete(id);
  }
}

const isId = (id: unknown): boolean => typeof id === 'string' || typeof id === 'number';

function framesOf(text: string): readonly Frame[] {
  try {
    const parsed: unknown = JSON.parse(text);
    const all: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    return all.filter((each): each is Frame => typeof each === 'object' && each !== null);
  } catch {
    return [];
  }
}
