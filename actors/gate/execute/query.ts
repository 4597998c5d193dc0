// DATABASE_QUERY: one statement on a database file of the workspace, in a process of its own, so that a statement without end is
// ended like any command; SQLite then undoes what it had begun.
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codedError, type TroupeError } from '../../../runtime/errors.ts';
import { builtProgram, programFolders } from '../../../runtime/package-root.ts';
import type { QueryOrder, QueryResult } from '../../../runtime/persistence/query.ts';
import type { Containment, QueryPayload, StepOutcome } from '../../work/types.ts';
import { refused } from './contained-path.ts';
import { contained } from './containment/contain.ts';
import { keepFirst, RESULT_KEPT } from './keep-result.ts';
import { stepEnvironment } from './step-environment.ts';
import { runProgram } from './step-process.ts';
import type { StepScope } from './step-scope.ts';
import { withWorkspacePlace } from './workspace-place.ts';

const PROGRAM = builtProgram('actors/gate/execute/query-program');
const MOST_ROWS = 1_000;
/** Files that SQLite opens beside the database without being asked. */
const BESIDE = ['-journal', '-wal', '-shm'];

export type QueryAnswer = { readonly ok: true; readonly result: QueryResult } | { readonly ok: false; readonly code: string; readonly message: string };

export async function queryDatabase(payload: QueryPayload, scope: StepScope): Promise<StepOutcome> {
  const file = await databaseFile(payload.database, scope);
  const order: QueryOrder = { file, sql: payload.sql, params: payload.params ?? [], readonly: false, maxRows: MOST_ROWS, maxBytes: RESULT_KEPT };
  const answer = await ask(order, payload.database, scope);
  if (!answer.ok) return { status: 'failed', error: { code: answer.code, message: answer.message.replaceAll(file, payload.database) } };
  const { columns, rows, changes, truncated } = answer.result;
  const names = keepFirst(columns);
  const kept = keepFirst(rows, names.entries);
  return { status: 'succeeded', result: { columns: names.entries, rows: kept.entries, changes }, ...(truncated || kept.cut || names.cut ? { truncated: true } : {}) };
}

function databaseFile(database: string, scope: StepScope): Promise<string> {
  return withWorkspacePlace(scope, database, { link: 'follow' }, async ({ path, shown }) => {
    for (const ending of BESIDE) {
      const beside = await lstat(path + ending).catch(() => undefined);
      if (beside !== undefined && !beside.isFile()) throw refused(`${database}${ending}`, 'is no file');
    }
    return shown;
  });
}

async function ask(order: QueryOrder, database: string, scope: StepScope): Promise<QueryAnswer> {
  const env = await stepEnvironment(scope);
  const argv = await contained([process.execPath, PROGRAM], { ...scope, containment: withinWorkspace(scope.containment) }, [...programFolders(), dirname(process.execPath)]);
  const { stdout, stderr, cut, exitCode } = await runProgram({ argv, cwd: scope.temporary, env, input: JSON.stringify(order), shown: false }, scope);
  if (cut !== undefined) throw cut;
  if (exitCode !== 0) throw broke(database, stderr);
  return JSON.parse(stdout) as QueryAnswer;
}

/** A statement opens what it names: `ATTACH` of a file elsewhere finds nothing there. */
function withinWorkspace(containment: Containment | null): Containment | null {
  return containment === null ? null : { ...containment, reach: 'workspace', network: false, keepSettings: false };
}

function broke(database: string, stderr: string): TroupeError {
  const lines = stderr.trim().split('\n');
  // Node prints its own version last.
  const words = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '';
  return codedError('QueryFailed', { database, problem: `the query's process broke: ${words}` });
}
