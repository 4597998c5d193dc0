// What a message to an agent asks for: steps to take, a sentence to think about, or the decision that a task of its waits for.
import type { Message } from '@a2a-js/sdk';
import { ContentTypeNotSupportedError, RequestMalformedError } from '@a2a-js/sdk/errors';
import { z } from 'zod';

const Work = z.strictObject({
  /** Checked as those of a plan are. */
  steps: z.array(z.record(z.string(), z.json())).min(1).max(1_000),
  workspace: z.string().min(1).max(4_096).optional(),
  timeoutMs: z.int().min(1).optional(),
  retry: z.record(z.string(), z.json()).optional(),
});
const Decision = z.strictObject({ decision: z.enum(['approve', 'deny']), reason: z.string().min(1).max(4_096).optional() });

export type Wanted = { readonly kind: 'steps'; readonly work: z.infer<typeof Work> } | { readonly kind: 'sentence'; readonly text: string };

/** Throws what A2A says of a message that cannot be understood. */
export function wantedOf(message: Message): Wanted {
  const [part, ...more] = message.parts;
  if (part === undefined || more.length > 0) throw new RequestMalformedError('one part: the steps as data, or a sentence as text');
  if (part.content?.$case === 'text') return { kind: 'sentence', text: part.content.value };
  if (part.content?.$case !== 'data') throw new ContentTypeNotSupportedError('data or text; files are read from the workspace');
  return { kind: 'steps', work: parsed(Work, part.content.value) };
}

export function decisionOf(message: Message): z.infer<typeof Decision> {
  const [part] = message.parts;
  if (part?.content?.$case !== 'data') throw new RequestMalformedError('a task that waits takes {"decision": "approve" or "deny", "reason": "…"} as data');
  return parsed(Decision, part.content.value);
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const reading = schema.safeParse(value);
  if (reading.success) return reading.data;
  throw new RequestMalformedError(reading.error.issues.map(({ path, message }) => `${path.join('.') || 'data'}: ${message}`).join('; '));
}
