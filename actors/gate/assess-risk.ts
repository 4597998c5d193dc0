// How dangerous a request is, from the request and the facts alone. Pure, and never throws; what is not understood is HIGH.
import type { Action } from '../work/types.ts';
import type { Facts } from './facts.ts';
import { type Assessment, assessment, finding } from './verdict.ts';

export function assessRisk(action: Action, facts: Facts): Assessment {
  const { healthUrl } = facts.surroundings;
  if (action.type === 'API_CALL' && action.payload.method === 'GET' && action.payload.url === healthUrl && action.payload.body === undefined)
    return assessment([finding('LOW', 'api-own-health', "reads this node's own health")]);
  return assessment([]);
}
