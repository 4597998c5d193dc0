// A fact of a batch that is not written yet: whose it is and what it says, put together only where that is wanted.
import type { Address } from './address.ts';

export interface BatchFact {
  readonly kind: string;
  /** Who left it, where that is not in the body. */
  readonly address?: Address;
  readonly body: unknown;
}

/** With the address first; a body that names another has its own way. */
export function bodyOf({ address, body }: BatchFact): unknown {
  return address === undefined ? body : { address, ...(body as object) };
}

/** The JSON of that. What it says is written once, and not copied before; of an address no character needs an escape. */
export function factJson(fact: BatchFact): string {
  const { address, body } = fact;
  if (address === undefined || !isPlainObject(body) || 'address' in body) return JSON.stringify(bodyOf(fact));
  const members = JSON.stringify(body).slice(1);
  return `{"address":"${address}"${members === '}' ? '' : ','}${members}`;
}

function isPlainObject(body: unknown): body is object {
  return typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype;
}
