// The operation table: everything that can be done from outside.
import { accessOperations } from './access.ts';
import { ACTOR_OPERATIONS } from './actors.ts';
import { AGENT_OPERATIONS } from './agents.ts';
import { ALERT_OPERATIONS } from './alerts.ts';
import { AUDIT_OPERATIONS } from './audit.ts';
import { BACKUP_OPERATIONS } from './backups.ts';
import { DEPLOYMENT_OPERATIONS } from './deployments.ts';
import { GUEST_OPERATIONS } from './guests.ts';
import { HELD_TASK_OPERATIONS } from './held-tasks.ts';
import { MESSAGE_OPERATIONS } from './messages.ts';
import type { Operation } from './operation.ts';
import { permissionOperations } from './permissions.ts';
import { PLAN_OPERATIONS } from './plans.ts';
import { REQUEST_OPERATIONS } from './requests.ts';
import { ROUND_OPERATIONS } from './rounds.ts';
import { RULE_OPERATIONS } from './rules.ts';
import { SYSTEM_OPERATIONS } from './system.ts';
import { TASK_OPERATIONS } from './tasks.ts';
import { TOKEN_OPERATIONS } from './tokens.ts';
import { USER_OPERATIONS } from './users.ts';

export { type Caller, type CallerToken, newConnection, PERMISSIONS, type Permission } from './caller.ts';
export { answerText, keptText } from './kept-answer.ts';
export { mayCall, notPermitted, type Operation, type OperationContext } from './operation.ts';

const ALL = [
  ...SYSTEM_OPERATIONS,
  ...ACTOR_OPERATIONS,
  ...AGENT_OPERATIONS,
  ...GUEST_OPERATIONS,
  ...PLAN_OPERATIONS,
  ...TASK_OPERATIONS,
  ...HELD_TASK_OPERATIONS,
  ...MESSAGE_OPERATIONS,
  ...REQUEST_OPERATIONS,
  ...permissionOperations((name) => OPERATIONS.get(name)),
  ...ROUND_OPERATIONS,
  ...RULE_OPERATIONS,
  ...ALERT_OPERATIONS,
  ...AUDIT_OPERATIONS,
  ...TOKEN_OPERATIONS,
  ...accessOperations((name) => OPERATIONS.get(name)?.permission),
  ...BACKUP_OPERATIONS,
  ...DEPLOYMENT_OPERATIONS,
  ...USER_OPERATIONS,
];

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(ALL.map((operation) => [operation.name, operation]));
