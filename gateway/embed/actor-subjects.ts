// A system's actors by subject: what a transport brings to `troupe.<cluster>.actor.<address with dots>` is told or asked as from
// outside, and `troupe.<cluster>.group.<name>` reaches every member. On one node: an address that is not here is nobody's.
import { z } from 'zod';
import { addressOfSubject, codedError, type Delivery, groupOfSubject, isCoded, type Message, type System, type Transport } from '../../runtime/index.ts';

/** What travels: a message with what a ref's `tell` takes besides. With `ask`, a request is answered by the actor's reply. */
const FRAME = z.strictObject({
  message: z.looseObject({ type: z.string() }),
  id: z.string().min(1).optional(),
  /** Control does not travel: only a signature could say that an operator sent it. */
  priority: z.enum(['high', 'normal', 'low']).optional(),
  expiresAt: z.number().optional(),
  correlationId: z.string().optional(),
  ask: z.strictObject({ timeoutMs: z.int().positive() }).optional(),
});
type Frame = z.infer<typeof FRAME>;

type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

/** Takes messages until the returned call, which hands over what is under way. */
export function serveActors(system: System, transport: Transport, cluster: string): () => Promise<void> {
  const serve = (pattern: string, act: (delivery: Delivery, frame: Frame) => Promise<unknown>) =>
    transport.subscribe(`troupe.${cluster}.${pattern}`, {}, (delivery) => answer(delivery, () => act(delivery, frameOf(delivery))));
  const subscriptions = [
    serve('actor.>', ({ subject }, frame) => deliver(system, addressOfSubject(cluster, subject) ?? refuse(subject, 'names no actor'), frame)),
    serve('group.*', ({ subject }, { message, priority, expiresAt, correlationId }) =>
      system.broadcast(groupOfSubject(cluster, subject) ?? refuse(subject, 'names no group'), message, defined({ priority, expiresAt, correlationId })),
    ),
  ];
  return async () => void (await Promise.all(subscriptions.map((subscription) => subscription.drain())));
}

function refuse(subject: string, problem: string): never {
  throw codedError('InvalidSubject', { subject, problem });
}

function deliver(system: System, address: string, { message, ask, ...options }: Frame): Promise<unknown> {
  const ref = system.ref(address);
  return ask === undefined ? ref.tell(message, defined(options)) : ref.ask(message, { ...defined(options), ...ask });
}

function frameOf({ bytes }: Delivery): Frame {
  return FRAME.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))) as Frame & { message: Message };
}

/** A request hears what came of it. Of what was only published nobody waits for an answer: a failure is the transport's `onError`. */
async function answer({ reply }: Delivery, act: () => Promise<unknown>): Promise<void> {
  try {
    const value = await act();
    reply?.(encode({ ok: true, value: value ?? null }));
  } catch (error) {
    if (reply === undefined) throw error;
    reply(encode({ ok: false, error: { code: codeOf(error), message: error instanceof Error ? error.message : String(error) } }));
  }
}

function codeOf(error: unknown): string {
  if (isCoded(error)) return error.code;
  return error instanceof z.ZodError || error instanceof SyntaxError ? 'InvalidMessage' : 'InternalError';
}

const encode = (answered: Answer): Uint8Array => Buffer.from(JSON.stringify(answered));

/** Without the members that are undefined: an option that is not given must not be there. */
function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
