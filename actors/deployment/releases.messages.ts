// Messages that the keeper of releases takes, all from deployments but GET; and what it tells them.
import type { Release, Settlement } from './release-book.ts';

export const RELEASES = 'releases';

export type ReleasesMessage =
  /** Answered with the ReleaseBook. */
  | { readonly type: 'GET' }
  /** Told CLAIMED once the place is free. `within`: the deployment whose way back this is. */
  | { readonly type: 'CLAIM'; readonly place: string; readonly deployment: string; readonly within: string | null; readonly replyTo: string }
  | { readonly type: 'FOUND'; readonly place: string; readonly release: Release }
  /** It has ended. Only from whoever has the place, or goes back within that. */
  | { readonly type: 'SETTLE'; readonly place: string; readonly deployment: string; readonly settlement: Settlement };

/** The place is theirs until they settle; `releases`: the latest last. */
export interface Claimed {
  readonly type: 'CLAIMED';
  readonly place: string;
  readonly releases: readonly Release[];
}
