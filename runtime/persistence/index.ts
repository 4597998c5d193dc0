// Journals and the other files of a node: the only place that knows a database driver.
export { beginEra, type Era, type EraStart } from './backup/begin-era.ts';
export { type CopyState, copyFlaw } from './backup/check-copies.ts';
export { type CopiedFile, type Copies, copyDatabases } from './backup/copy-databases.ts';
export { NODE_DATABASES, type NodeDatabase } from './backup/database-cut.ts';
export { catchUp } from './catch-up.ts';
export { databaseFlaw } from './database-flaw.ts';
export { memoryJournal } from './memory-journal.ts';
export { type MemoryStore, memoryStore } from './memory-store.ts';
export { type DataDirLock, type DataDirOwner, dataDirOwner, lockDataDir } from './node-lock.ts';
export { projectedPosition } from './projected-position.ts';
export { openProjection, type ProjectedFact, type Projection, type ProjectionDb, type ProjectionOptions, type SqlValue } from './projection.ts';
export { explainStatement, type QueryOrder, type QueryParam, type QueryResult, runQuery, type StatementVerdict } from './query.ts';
export type { QueryCell } from './query-cell.ts';
export { type ReadOnlyJournal, readOnlyJournal } from './read-only-journal.ts';
export { type SqliteJournalOptions, sqliteJournal } from './sqlite-journal.ts';
export { openTables, type Tables } from './tables.ts';
export { holdWriteLock } from './write-lock.ts';
export { WRITTEN_TABLES } from './written-tables.ts';
