// Tables of `mcp_system.db`: what people query. A projection of the journal's facts, so it may be dropped and built again.
import { WRITTEN_TABLES } from '../../runtime/persistence/index.ts';

/** Numbered migrations, applied in order; never edited once released. */
export const READ_MODEL_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE agents (
    name TEXT PRIMARY KEY, state TEXT NOT NULL, role TEXT NOT NULL, current TEXT, report TEXT NOT NULL, updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE plans (
    seq INTEGER PRIMARY KEY, plan_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, status TEXT NOT NULL, caller TEXT, branch TEXT,
    plan TEXT, started_at INTEGER, ended_at INTEGER
  ) STRICT;
  CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY, plan_id TEXT NOT NULL, task_id TEXT NOT NULL, agent TEXT, status TEXT NOT NULL, attempts INTEGER NOT NULL,
    delegated_by TEXT, message_id TEXT, started_at INTEGER, ended_at INTEGER, report TEXT NOT NULL, UNIQUE (plan_id, task_id)
  ) STRICT;
  CREATE INDEX tasks_by_agent ON tasks (agent, seq);
  CREATE TABLE requests (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, plan_id TEXT NOT NULL, task_id TEXT NOT NULL, step INTEGER NOT NULL, attempt INTEGER NOT NULL,
    agent TEXT NOT NULL, type TEXT NOT NULL, action TEXT NOT NULL, idempotent INTEGER NOT NULL, risk TEXT NOT NULL, verdict TEXT NOT NULL,
    status TEXT NOT NULL, report TEXT, recorded_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX requests_by_task ON requests (plan_id, task_id, seq);
  CREATE TABLE approvals (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, plan_id TEXT NOT NULL, task_id TEXT NOT NULL, agent TEXT NOT NULL, risk TEXT NOT NULL,
    action TEXT NOT NULL, findings TEXT NOT NULL, action_hash TEXT NOT NULL, requested_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    decision TEXT, decided_by TEXT, why TEXT, decided_at INTEGER
  ) STRICT;
  CREATE INDEX approvals_open ON approvals (seq) WHERE decision IS NULL;
  CREATE TABLE activity (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, address TEXT, subject TEXT, body TEXT NOT NULL) STRICT;
  CREATE INDEX activity_by_subject ON activity (subject, seq);
  CREATE TABLE transitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL, epoch INTEGER NOT NULL, message_id TEXT,
    type TEXT NOT NULL, from_state TEXT, to_state TEXT, cause TEXT, effects TEXT NOT NULL
  ) STRICT;
  CREATE INDEX transitions_by_address ON transitions (address, id);
  `,
  `
  CREATE TABLE alerts (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL, address TEXT, text TEXT NOT NULL, raised_at INTEGER NOT NULL,
    cleared_at INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX alerts_open ON alerts (id) WHERE cleared_at IS NULL;
  `,
  `
  CREATE TABLE rounds (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, purpose TEXT NOT NULL, subject TEXT NOT NULL, summary TEXT NOT NULL, action_hash TEXT NOT NULL,
    opened_by TEXT NOT NULL, electorate TEXT NOT NULL, quorum INTEGER NOT NULL, threshold INTEGER NOT NULL, veto TEXT NOT NULL,
    opened_at INTEGER NOT NULL, deadline_at INTEGER NOT NULL, outcome TEXT, decided_by TEXT, decided_at INTEGER, tally TEXT
  ) STRICT;
  CREATE INDEX rounds_open ON rounds (seq) WHERE outcome IS NULL;
  CREATE TABLE round_votes (
    seq INTEGER PRIMARY KEY, round TEXT NOT NULL, voter TEXT NOT NULL, vote TEXT NOT NULL, at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    signature TEXT NOT NULL, why TEXT NOT NULL, evidence TEXT NOT NULL, refused TEXT, void INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX round_votes_by_round ON round_votes (round, seq);
  `,
  `
  ALTER TABLE approvals ADD COLUMN request TEXT;
  ALTER TABLE approvals ADD COLUMN state TEXT NOT NULL DEFAULT 'open';
  ALTER TABLE approvals ADD COLUMN rung TEXT;
  ALTER TABLE approvals ADD COLUMN may_decide TEXT NOT NULL DEFAULT 'null';
  ALTER TABLE approvals ADD COLUMN votes TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE approvals ADD COLUMN ended_at INTEGER;
  `,
  `
  CREATE TABLE backups (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, caller TEXT NOT NULL, why TEXT NOT NULL, begun_at REAL NOT NULL,
    ended_at REAL, taken_at REAL, fact INTEGER, bytes INTEGER, problem TEXT
  ) STRICT;
  `,
  `
  CREATE TABLE rules (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, owner TEXT NOT NULL, why TEXT NOT NULL, scope TEXT NOT NULL, does TEXT NOT NULL,
    added_at REAL NOT NULL, expires_at REAL NOT NULL, ended_at REAL, ended_by TEXT, ended_why TEXT
  ) STRICT;
  CREATE INDEX rules_open ON rules (id) WHERE ended_at IS NULL;
  CREATE INDEX approvals_by_agent ON approvals (agent, decision);
  `,
  `
  ALTER TABLE approvals ADD COLUMN seen_at REAL;
  ALTER TABLE approvals ADD COLUMN seen_by TEXT;
  `,
  `
  CREATE TABLE deployments (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, plan_id TEXT NOT NULL, task_id TEXT NOT NULL, agent TEXT NOT NULL, caller TEXT NOT NULL, kind TEXT NOT NULL,
    environment TEXT NOT NULL, version TEXT NOT NULL, rollback_to TEXT, place TEXT NOT NULL, within TEXT, state TEXT NOT NULL, payload TEXT NOT NULL,
    workspace TEXT NOT NULL, level TEXT NOT NULL, approval TEXT, granted_by TEXT, action_hash TEXT NOT NULL, last_good TEXT, commit_id TEXT, backup TEXT, digest TEXT,
    files INTEGER, problem TEXT, stuck TEXT, opened_at INTEGER NOT NULL, ended_at INTEGER
  ) STRICT;
  CREATE INDEX deployments_by_environment ON deployments (environment, seq);
  `,
  WRITTEN_TABLES,
];

/** Transitions kept of one actor (KERNEL, step facts); pruned now and then, so up to PRUNE_EVERY more may be there. */
export const TRANSITIONS_KEPT = 200;
export const PRUNE_EVERY = 50;
