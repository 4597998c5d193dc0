// Which guest is about to use a tool: its client says so just before it asks for permission, maybe over another connection.

/** As whom a client was let in: a guest, and how often that had joined by then. */
export interface Membership {
  readonly agent: string;
  readonly membership: number;
}

const MOST_USES = 1_000;

/** In memory alone, the latest thousand of everybody: a use is asked about within a moment, and by a client that a restart of the node cuts off. */
export class ToolUses {
  readonly #guests = new Map<string, Membership>();

  note(owner: string, toolUse: string, { agent, membership }: Membership): void {
    const key = keyOf(owner, toolUse);
    this.#guests.delete(key);
    this.#guests.set(key, { agent, membership });
    for (const oldest of this.#guests.keys()) {
      if (this.#guests.size <= MOST_USES) return;
      this.#guests.delete(oldest);
    }
  }

  guestOf(owner: string, toolUse: string): Membership | undefined {
    return this.#guests.get(keyOf(owner, toolUse));
  }
}

/** Nobody's word about a use stands in for another's. */
const keyOf = (owner: string, toolUse: string): string => JSON.stringify([owner, toolUse]);
