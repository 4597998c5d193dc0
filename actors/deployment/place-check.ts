// What runs in a place, held against what was promoted there: whether a deployment may begin from it, and what it goes back to. Pure.
import type { DeployedVersion } from '../work/ports.ts';
import type { DeploymentContext } from './deployment-context.ts';
import type { Release } from './release-book.ts';

/** Undefined: it may begin. */
export function refusePlace({ order, releases }: DeploymentContext, running: DeployedVersion | null): string | undefined {
  const { version, rollbackTo } = order.payload;
  const now = running?.version ?? null;
  if (rollbackTo === undefined) return refuseGround(releases.at(-1), running);
  if (now !== version && now !== rollbackTo) return `${now ?? 'nothing'} runs there, and not ${version}`;
  if (rollbackTo !== null && !releases.some((release) => release.version === rollbackTo)) return `${rollbackTo} was never promoted there`;
  return undefined;
}

/** A deployment begins from what it could go back to. */
function refuseGround(last: Release | undefined, running: DeployedVersion | null): string | undefined {
  if (last === undefined) return undefined;
  if (running?.version !== last.version) return `${running?.version ?? 'nothing'} runs there, though ${last.version} was promoted last: put that back first`;
  if (running.digest === last.digest) return undefined;
  return `${last.version} runs there with other files than were promoted, so there would be no way back to it: put them back, or take it back first`;
}

/** What it goes back to, and for a way back: where that leads. In a place that nobody knows of, what runs there. */
export function goodFor({ order, releases }: DeploymentContext, running: DeployedVersion | null, at: number): Release | null {
  const { rollbackTo } = order.payload;
  if (rollbackTo !== undefined) return releases.find(({ version }) => version === rollbackTo) ?? null;
  const last = releases.at(-1);
  if (last !== undefined) return last;
  return running === null ? null : { ...running, deployment: null, commit: null, verify: null, at };
}

/** Whether its version was promoted before: then it stays, whatever becomes of it now. */
export function isKnown({ order, releases }: DeploymentContext): boolean {
  return releases.some(({ version }) => version === order.payload.version);
}
