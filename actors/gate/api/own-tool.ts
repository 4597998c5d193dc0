// A call of one of Troupe's own tools, as a permission prompt tells of it: rated by what its operation does. Nothing here runs it: who calls it
// then is held to the scopes of its token, and what it starts passes the gate step by step.
import type { ApiPayload, Finding, RiskLevel } from '../../work/types.ts';
import { finding } from '../verdict.ts';

/** No executor goes there. */
const OWN_TOOL = /^troupe:[a-z]+\.[a-z]+$/;

const KINDS: Readonly<Record<string, readonly [RiskLevel, string]>> = {
  READ: ['LOW', 'only reads'],
  SPEAK: ['LOW', 'sends mail, or says of a guest what it does'],
  ACT: ['MEDIUM', 'starts, changes or ends work'],
};

/** It is about no folder. */
export const isOwnTool = ({ url }: Pick<ApiPayload, 'url'>): boolean => OWN_TOOL.test(url);

/** Undefined for any other call. */
export function ownToolFinding({ method, url }: Pick<ApiPayload, 'method' | 'url'>): Finding | undefined {
  if (!isOwnTool({ url })) return undefined;
  const [level, why] = (Object.hasOwn(KINDS, method) ? KINDS[method] : undefined) ?? ['HIGH', 'decides, or administers the node'];
  return finding(level, 'api-own-tool', `${url.slice('troupe:'.length)} ${why}`);
}
