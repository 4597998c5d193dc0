// Which versions were good, place by place, and who deploys there now. Pure: every change gives a new book. One deployment at a time has
// a place; its own way back shares the claim with it.

export interface Release {
  readonly version: string;
  /** Id of the deployment that was promoted; null for what was found there. */
  readonly deployment: string | null;
  readonly digest: string;
  /** What git keeps of it; null where there is no repository. */
  readonly commit: string | null;
  readonly verify: string | null;
  readonly at: number;
}

export interface Claim {
  readonly deployment: string;
  /** Address that hears CLAIMED. */
  readonly replyTo: string;
}

export interface PlaceRecord {
  readonly holder: string | null;
  readonly waiting: readonly Claim[];
  /** Promoted and not taken back, the latest last: that one is the last good version. */
  readonly releases: readonly Release[];
}

export type ReleaseBook = Readonly<Record<string, PlaceRecord>>;

export type Settlement =
  | { readonly kind: 'promoted'; readonly release: Release }
  /** Gone back to that version; null: nothing runs there. */
  | { readonly kind: 'back'; readonly to: string | null }
  | { readonly kind: 'unchanged' };

const NOBODY: PlaceRecord = { holder: null, waiting: [], releases: [] };
const MOST_RELEASES = 50;

export const recordOf = (book: ReleaseBook, place: string): PlaceRecord => book[place] ?? NOBODY;
export const lastGood = (book: ReleaseBook, place: string): Release | null => recordOf(book, place).releases.at(-1) ?? null;

/** `granted`: it has the place now; else it waits. The same claim again changes nothing. */
export function claim(book: ReleaseBook, place: string, wish: Claim, within: string | null): { readonly book: ReleaseBook; readonly granted: boolean } {
  const record = recordOf(book, place);
  if (record.holder === wish.deployment || (within !== null && record.holder === within)) return { book, granted: true };
  if (record.holder === null) return { book: { ...book, [place]: { ...record, holder: wish.deployment } }, granted: true };
  if (record.waiting.some(({ deployment }) => deployment === wish.deployment)) return { book, granted: false };
  return { book: { ...book, [place]: { ...record, waiting: [...record.waiting, wish] } }, granted: false };
}

/** What runs in a place that the book does not know yet. */
export function found(book: ReleaseBook, place: string, release: Release): ReleaseBook {
  const record = recordOf(book, place);
  return record.releases.length > 0 ? book : { ...book, [place]: { ...record, releases: [release] } };
}

/** `next`: who has the place from now on. */
export function settle(book: ReleaseBook, place: string, deployment: string, settlement: Settlement): { readonly book: ReleaseBook; readonly next: Claim | undefined } {
  const record = recordOf(book, place);
  const releases = releasesAfter(record.releases, settlement);
  const waiting = record.waiting.filter((each) => each.deployment !== deployment);
  if (record.holder !== deployment) return { book: { ...book, [place]: { ...record, waiting, releases } }, next: undefined };
  const [next, ...rest] = waiting;
  return { book: { ...book, [place]: { holder: next?.deployment ?? null, waiting: rest, releases } }, next };
}

function releasesAfter(releases: readonly Release[], settlement: Settlement): readonly Release[] {
  switch (settlement.kind) {
    case 'unchanged':
      return releases;
    case 'promoted':
      return [...releases.filter(({ version }) => version !== settlement.release.version), settlement.release].slice(-MOST_RELEASES);
    case 'back':
      return releases.slice(0, releases.findIndex(({ version }) => version === settlement.to) + 1);
  }
}
