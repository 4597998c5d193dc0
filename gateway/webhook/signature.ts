// Signs what a webhook is told, as Standard Webhooks says (https://www.standardwebhooks.com): HMAC-SHA256 over id, time and body, so that a receiver
// knows who speaks, refuses what is old, and knows what it has had already.
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
/** Fewer say nothing. */
const LEAST_BYTES = 24;

/** `whsec_` and base64, or any text. Undefined when it is too short to keep anything secret. */
export function secretOf(text: string): Buffer | undefined {
  const trimmed = text.trim();
  const secret = trimmed.startsWith(PREFIX) ? Buffer.from(trimmed.slice(PREFIX.length), 'base64') : Buffer.from(trimmed, 'utf8');
  return secret.length < LEAST_BYTES ? undefined : secret;
}

/** Header fields of one delivery. `at` is wall time, ms. */
export function signedHeaders(secret: Buffer, { id, body, at }: { readonly id: string; readonly body: string; readonly at: number }): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1_000));
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
