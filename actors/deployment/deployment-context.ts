// What a deployment remembers. Plain JSON (K3).
import type { DeployedVersion } from '../work/ports.ts';
import type { DeployPayload, LookedAt, RiskLevel, RiskVerdict, StepError, Surroundings } from '../work/types.ts';
import type { Release } from './release-book.ts';

/** A granted request of type DEPLOYMENT; `id` is the request's own and the key of all that it does. */
export interface DeploymentOrder {
  readonly id: string;
  readonly planId: string;
  readonly taskId: string;
  readonly step: number;
  readonly attempt: number;
  readonly agent: string;
  readonly caller: string;
  readonly payload: DeployPayload;
  readonly surroundings: Surroundings;
  /** The plan's workspace. */
  readonly repository: string;
  readonly actionHash: string;
  readonly looked: LookedAt | null;
  readonly level: RiskLevel;
  /** Whose grant is used, at which beginning, and who gave it. Null: there is none, and nothing is done. */
  readonly grant: { readonly approval: string; readonly use: number; readonly by: string } | null;
  readonly timeoutMs: number;
  /** The deployment whose way back this is. */
  readonly within: string | null;
}

export interface DeploymentContext {
  readonly order: DeploymentOrder;
  readonly place: string;
  readonly openedAt: number;
  readonly endedAt: number | null;
  /** Of the place, the latest last; as they were when it was claimed. */
  readonly releases: readonly Release[];
  /** What it goes back to; for a way back: where that leads. Null: nothing ran before. */
  readonly good: Release | null;
  /** The version lay there before anything was done. */
  readonly there: boolean;
  readonly commit: string | null;
  readonly backup: string | null;
  /** Set once the new version is there; for a way back: the version that it leads to. */
  readonly placed: (DeployedVersion & { readonly files: number }) | null;
  /** How the version's own command was rated; null: there is none. */
  readonly verification: RiskVerdict | null;
  /** Why it was not promoted. */
  readonly problem: StepError | null;
  /** What the place leads to after a way back that did not hold; null: nobody looked, or nobody could. */
  readonly leads: { readonly version: string | null } | null;
  /** Why it could not be taken back. */
  readonly stuck: StepError | null;
  /** Somebody wants it ended; that follows as soon as the step under way is over. */
  readonly cancelled: StepError | null;
  readonly waits: number;
}

export function newDeployment(order: DeploymentOrder, place: string, openedAt: number): DeploymentContext {
  return {
    order,
    place,
    openedAt,
    endedAt: null,
    releases: [],
    good: null,
    there: false,
    commit: null,
    backup: null,
    placed: null,
    verification: null,
    problem: null,
    leads: null,
    stuck: null,
    cancelled: null,
    waits: 0,
  };
}

export const isRollback = ({ order }: Pick<DeploymentContext, 'order'>): boolean => order.payload.rollbackTo !== undefined;
