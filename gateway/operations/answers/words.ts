// Parts that answers of several operations share.
import { z } from 'zod';
import { RISK_LEVELS, WORK_STATUSES } from '../../../actors/work/types.ts';

export const text = z.string();
export const textOrNull = text.nullable();
export const count = z.int().min(0);
/** Wall time in ms; clocks may give fractions. */
export const moment = z.number();
export const momentOrNull = moment.nullable();
export const risk = z.enum(RISK_LEVELS);
export const workStatus = z.enum(WORK_STATUSES);
export const accepted = z.strictObject({ id: text, accepted: z.literal(true) });

/** A page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), nextCursor: textOrNull.describe('give it as `cursor` for the next page; null: there is none') });
}
