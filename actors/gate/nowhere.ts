// Where a request acts that is assessed apart from any node. None of it is there.
import type { Surroundings } from '../work/types.ts';

export const NOWHERE: Surroundings = { workspace: '/workspace', deployRoot: '/deployments', healthUrl: 'http://127.0.0.1:5001/health' };
