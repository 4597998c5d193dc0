// Answers about rounds: as recorded, and as the round itself says.
import { z } from 'zod';
import { VOTES } from '../../../actors/consensus/vote.ts';
import { count, moment, momentOrNull, text, textOrNull } from './words.ts';

const elector = z.strictObject({ voter: text, publicKey: text });
const tally = z.strictObject({ yes: count, no: count, abstain: count, void: count, missing: count });
const cast = { voter: text, vote: z.enum(VOTES), at: moment, signature: text, why: text, evidence: z.unknown() };

export const roundRow = z.strictObject({
  id: text,
  purpose: z.enum(['request', 'proposal']),
  subject: text,
  summary: text,
  actionHash: text,
  openedBy: text,
  electorate: z.array(elector),
  quorum: count,
  threshold: count,
  veto: z.array(text),
  openedAt: moment,
  deadlineAt: moment,
  outcome: z.enum(['accepted', 'rejected', 'expired', 'withdrawn']).nullable(),
  decidedBy: textOrNull,
  decidedAt: momentOrNull,
  tally: tally.nullable(),
});

export const roundSeen = roundRow.extend({
  votes: z.array(z.strictObject({ ...cast, receivedAt: moment, refused: textOrNull.describe('null: it counts, unless it is void'), void: z.boolean() })),
});
