// Actors by subject: a message that comes in over a transport is told or asked like one from a ref.
// #region transport
import type { Message, Transport } from 'troupe';

const encode = (frame: { message: Message; id?: string; ask?: { timeoutMs: number } }) => new TextEncoder().encode(JSON.stringify(frame));

/** Adds twice, once for each id, and reads. */
export async function addByTransport(transport: Transport): Promise<unknown> {
  const subject = 'troupe.demo.actor.counter';
  transport.publish(subject, encode({ message: { type: 'ADD', by: 1 } })); // nobody hears whether it was accepted
  const accepted = await transport.request(subject, encode({ message: { type: 'ADD', by: 1 }, id: 'order-8' }), { timeoutMs: 1_000 });
  const answer = await transport.request(subject, encode({ message: { type: 'GET' }, ask: { timeoutMs: 500 } }), { timeoutMs: 1_000 });
  return [accepted, answer].map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)));
}
// #endregion transport
