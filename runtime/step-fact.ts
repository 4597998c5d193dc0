// What every committed step leaves: its transition under its address. Written as JSON by hand, since a busy node writes as many of
// them as it takes steps: the text is JSON.stringify's, letter by letter.
import type { Address } from './address.ts';
import type { Transition } from './history.ts';

export interface StepFact {
  readonly address: Address;
  readonly transition: Transition;
}

/** `[{"address":…,"step":…, …}, …]`. */
export function stepFactsJson(facts: readonly StepFact[]): string {
  // Few addresses, types and states make up a batch: each is quoted once.
  const quoted = new Map<string, string>();
  const quote = (text: string): string => {
    let known = quoted.get(text);
    if (known === undefined) {
      known = JSON.stringify(text);
      quoted.set(text, known);
    }
    return known;
  };
  const written = (value: unknown): string => (typeof value === 'string' ? quote(value) : JSON.stringify(value));
  let json = '[';
  for (const { address, transition } of facts) {
    const { step, at, epoch, messageId, type, from, to, cause, effects } = transition;
    json += `${json === '[' ? '' : ','}{"address":${quote(address)},"step":${step},"at":${at},"epoch":${epoch},"messageId":${JSON.stringify(messageId)},"type":${quote(type)},"from":${written(from)},"to":${written(to)},"cause":${cause === null ? 'null' : JSON.stringify(cause)},"effects":${effects.length === 0 ? '[]' : JSON.stringify(effects)}}`;
  }
  return `${json}]`;
}
