// What people ask about deployments. Lists are pages, as all lists of the read model.
import type { DeployPayload, StepError } from '../work/types.ts';
import { type ListPage, type PageWish, page, parsed, type ReadDb, type Row } from './queries.ts';

const readDeployment = (row: Row) => ({
  id: String(row.id),
  plan: row.plan_id,
  task: row.task_id,
  agent: row.agent,
  caller: row.caller,
  kind: row.kind,
  environment: String(row.environment),
  version: String(row.version),
  rollbackTo: row.rollback_to,
  place: String(row.place),
  within: row.within,
  state: String(row.state),
  payload: parsed(row.payload) as DeployPayload,
  workspace: String(row.workspace),
  level: row.level,
  approval: row.approval,
  grantedBy: row.granted_by,
  actionHash: row.action_hash,
  lastGood: row.last_good,
  commit: row.commit_id,
  backup: row.backup,
  digest: row.digest,
  files: row.files,
  problem: parsed(row.problem) as StepError | null,
  stuck: parsed(row.stuck) as StepError | null,
  openedAt: row.opened_at,
  endedAt: row.ended_at,
});

export type DeploymentRow = ReturnType<typeof readDeployment>;

export interface DeploymentFilter extends PageWish {
  readonly environment?: string | undefined;
  readonly state?: string | undefined;
}

export function listDeployments(db: ReadDb, wish: DeploymentFilter = {}): ListPage<DeploymentRow> {
  return page(db, 'deployments', 'seq', { environment: wish.environment, state: wish.state }, wish, readDeployment);
}

export function findDeployment(db: ReadDb, id: string): DeploymentRow | undefined {
  return db.query<Row>('SELECT * FROM deployments WHERE id = ?', id).map(readDeployment)[0];
}
