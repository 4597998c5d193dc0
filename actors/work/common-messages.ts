// Messages from outside that actors of several kinds take, as they are parsed before they are sent.
import { z } from 'zod';

const by = z.string().min(1).max(256);
const why = z.string().min(1).max(4_096);

export const RESOLUTIONS = ['rerun', 'done', 'skip', 'fail'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What a person decides about something interrupted. */
export const resolveSchema = z.object({ type: z.literal('RESOLVE'), action: z.enum(RESOLUTIONS), why, by });

export const getSchema = z.object({ type: z.literal('GET') });
/** Answered with the StepOutcome once it has settled (interrupted counts). */
export const awaitSchema = z.object({ type: z.literal('AWAIT') });
export const cancelSchema = z.object({ type: z.literal('CANCEL'), by, why });
