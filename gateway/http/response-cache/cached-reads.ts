// Answers of reads that are kept for whoever asks the same while no fact about it is new. The tag of an answer is made of the hash over every
// fact that it follows from (K34), what is asked and what the asker may do: after a write that changes it, it is asked for by another tag.
import { createHash } from 'node:crypto';
import type { RunningNode } from '../../node/running-node.ts';
import { OPERATIONS } from '../../operations/index.ts';
import { mayCall } from '../../operations/operation.ts';
import { type Dispatch, dispatch, type NodeNow } from '../dispatch.ts';
import type { Tagged } from './entity-tag.ts';
import { KeptAnswers } from './kept-answers.ts';
import { stateBehind } from './reads-of-facts.ts';

export class KeptRead implements Tagged {
  readonly tag: string;
  readonly text: string | null;

  constructor(tag: string, text: string | null) {
    this.tag = tag;
    this.text = text;
  }
}

const MOST_CHARS = 8_388_608;
/** One who goes does not take the answer from others who ask alike. */
const NEVER = new AbortController().signal;

export class CachedReads {
  readonly #kept = new KeptAnswers(MOST_CHARS);
  /** Those who ask alike at once are answered by one read. */
  readonly #making = new Map<string, Promise<string | undefined>>();

  /** The answer itself where it is not to be kept. `holds`: whether the asker has the one of a tag. Rejects as the operation does. */
  async answer(nodeNow: NodeNow, call: Dispatch, holds: (tag: string) => boolean): Promise<unknown> {
    const node = nodeNow();
    const operation = OPERATIONS.get(call.name);
    // Who may not ask is told so where everybody is.
    if (node === undefined || operation === undefined || !mayCall(call.caller, operation)) return dispatch(nodeNow, call);
    const state = await stateBehind(node, call.name);
    // Where the read model is behind, the read waits for it, and this would wait for the same.
    if (state === undefined) return dispatch(nodeNow, call);
    const tag = tagOf(node, state, call);
    if (holds(tag)) return new KeptRead(tag, null);
    const text = this.#kept.find(tag) ?? (await this.#alone(tag, async () => (await this.#shared(tag, node)) ?? this.#make(tag, state, nodeNow, call)));
    return text === undefined ? dispatch(nodeNow, call) : new KeptRead(tag, text);
  }

  #alone(tag: string, make: () => Promise<string | undefined>): Promise<string | undefined> {
    const under = this.#making.get(tag);
    if (under !== undefined) return under;
    const making = make().finally(() => this.#making.delete(tag));
    this.#making.set(tag, making);
    return making;
  }

  async #shared(tag: string, { sharedAnswers }: RunningNode): Promise<string | undefined> {
    const text = await sharedAnswers?.find(tag);
    if (text !== undefined) this.#kept.keep(tag, text);
    return text;
  }

  async #make(tag: string, state: string, nodeNow: NodeNow, call: Dispatch): Promise<string | undefined> {
    const text = JSON.stringify(await dispatch(nodeNow, { ...call, signal: NEVER }));
    const node = nodeNow();
    // Facts that came meanwhile may be in it or not: then it is nobody's.
    if (node === undefined || (await stateBehind(node, call.name)) !== state) return undefined;
    this.#kept.keep(tag, text);
    node.sharedAnswers?.keep(tag, text);
    return text;
  }
}

/** What a permission shows may differ one day; that an asker has it is looked at each time. */
function tagOf({ version }: RunningNode, state: string, { name, input, caller }: Dispatch): string {
  const asked = Object.entries(input as object).sort(([a], [b]) => (a < b ? -1 : 1));
  const scope = [...caller.permissions, ...(caller.operations ?? [])].sort();
  return createHash('sha256')
    .update(JSON.stringify([version, state, name, asked, scope]))
    .digest('base64url')
    .slice(0, 27);
}
