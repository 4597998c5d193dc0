// Asks of durable actors, with the errors that a person understands.
import { codedError, type ErrorCode, isCoded, type Message, type System } from '../../runtime/index.ts';

export const ASK_MS = 15_000;

/** `missing` is thrown instead of `NoSuchActor`. */
export async function askActor<T>(
  system: Pick<System, 'ref'>,
  address: string,
  message: Message,
  missing?: readonly [ErrorCode, Readonly<Record<string, unknown>>],
  id?: string,
): Promise<T> {
  try {
    return (await system.ref(address).ask(message, { timeoutMs: ASK_MS, ...(id === undefined ? {} : { id }) })) as T;
  } catch (error) {
    if (missing !== undefined && (isCoded(error, 'NoSuchActor') || isCoded(error, 'InvalidAddress'))) throw codedError(...missing);
    throw error;
  }
}
