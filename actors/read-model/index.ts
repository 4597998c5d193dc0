// The read model: what people query, projected from the journal's facts.
export { applyFact, type Fact, type FactDb } from './apply-fact.ts';
export { type DeploymentRow, findDeployment, listDeployments } from './deployment-queries.ts';
export {
  type BackupRow,
  findRequest,
  findTasks,
  type ListPage,
  listActivity,
  listAgents,
  listAlerts,
  listApprovals,
  listBackupRows,
  listPlans,
  listRequests,
  listRules,
  listTasks,
  listTransitions,
  openAlertIds,
  type PageWish,
  type ReadDb,
  type TaskFilter,
  unseenApprovals,
} from './queries.ts';
export { findRound, listRounds } from './round-queries.ts';
export { planWorkspace, timesApproved } from './rule-rows.ts';
export { READ_MODEL_MIGRATIONS, TRANSITIONS_KEPT } from './schema.ts';
