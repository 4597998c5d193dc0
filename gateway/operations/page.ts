// Lists come in pages: `limit` and `cursor` in, `{items, nextCursor}` out. A cursor is a place in an order, so that a list may change between two pages.
import { z } from 'zod';
import type { ListPage, PageWish } from '../../actors/read-model/index.ts';

/** Lists over HTTP come with numbers as text. */
const limit = z.coerce.number().int().min(1).max(500).optional();
/** Of lists that are read by row numbers. */
export const pageInput = {
  limit,
  cursor: z
    .string()
    .regex(/^\d{1,16}$/, 'not a cursor: give the nextCursor of the page before')
    .optional(),
};
/** Of lists that are sorted by a key. */
export const keyPageInput = { limit, cursor: z.string().min(1).max(512).optional() };

const DEFAULT_LIMIT = 100;

/** The page of what is in memory, sorted by its key; keys must be unique. */
export function pageByKey<T>(items: readonly T[], keyOf: (item: T) => string, { limit: most = DEFAULT_LIMIT, cursor }: PageWish): ListPage<T> {
  const keyed = items.map((item) => ({ item, key: keyOf(item) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const left = cursor === undefined ? keyed : keyed.filter(({ key }) => key > cursor);
  const shown = left.slice(0, most);
  return { items: shown.map(({ item }) => item), nextCursor: left.length > most ? (shown[shown.length - 1]?.key ?? null) : null };
}
