// The section `waiting` of a fleet file: whom to tell that an approval waits, and when one that nobody has looked at is an alert.
// A secret is never in the file itself, only the name of the file that holds it.
import { z } from 'zod';
import { knownKeys } from '../source-file/index.ts';

export interface WebhookPlace {
  readonly url: string;
  /** As written: relative to the fleet file. */
  readonly secretFile: string;
}

export interface Waiting {
  readonly webhook: WebhookPlace | null;
  readonly alertAfterMs: number;
}

const HOUR_MS = 3_600_000;
const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
export const DEFAULT_WAITING: Waiting = { webhook: null, alertAfterMs: HOUR_MS };

/** What is asked for is nobody's business on the way. */
function isPrivateUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username } = new URL(text);
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname)));
}

export const waitingSchema = knownKeys({
  webhook: knownKeys({
    url: z.string().max(2_000).refine(isPrivateUrl, 'is no https URL (http only to this machine, and no name or password in it)'),
    secretFile: z.string().trim().min(1).max(1_000),
  }).optional(),
  alertAfterMs: z
    .int()
    .min(1_000)
    .max(14 * 24 * HOUR_MS)
    .default(HOUR_MS),
});

export function waitingOf(section: z.infer<typeof waitingSchema> | undefined): Waiting {
  return section === undefined ? DEFAULT_WAITING : { webhook: section.webhook ?? null, alertAfterMs: section.alertAfterMs };
}
