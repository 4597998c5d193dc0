// Every verb of the command line, in the order in which help shows them.
import { ACT_VERBS } from './act-verbs.ts';
import { ASSESS_VERB } from './assess-verb.ts';
import { AUDIT_VERB } from './audit-verb.ts';
import { BACKUP_VERBS } from './backup-verbs.ts';
import { CHAOS_VERB } from './chaos-verb.ts';
import { DEPLOYMENT_VERBS } from './deployment-verbs.ts';
import { DOCTOR_VERB } from './doctor-verb.ts';
import { DOWN_VERB } from './down-verb.ts';
import { IDENTITY_VERBS } from './identity-verbs.ts';
import { INIT_VERB } from './init-verb.ts';
import { LOGIN_VERBS } from './login-verbs.ts';
import { MCP_VERB } from './mcp-verb.ts';
import { PLAN_VERBS } from './plan-verbs.ts';
import { READ_VERBS } from './read-verbs.ts';
import { ROUND_VERBS } from './round-verbs.ts';
import { RULES_VERB } from './rules-verb.ts';
import { TERMINAL_VERBS } from './terminal-verbs.ts';
import { UP_VERB } from './up-verb.ts';
import type { Verb } from './verb.ts';

export const VERBS: readonly Verb[] = [
  INIT_VERB,
  UP_VERB,
  DOWN_VERB,
  ...PLAN_VERBS,
  ...READ_VERBS,
  ...ACT_VERBS,
  ...ROUND_VERBS,
  ...TERMINAL_VERBS,
  ASSESS_VERB,
  RULES_VERB,
  ...LOGIN_VERBS,
  ...IDENTITY_VERBS,
  AUDIT_VERB,
  ...BACKUP_VERBS,
  ...DEPLOYMENT_VERBS,
  DOCTOR_VERB,
  MCP_VERB,
  CHAOS_VERB,
];
