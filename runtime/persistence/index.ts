// Journals and the other files of a node: the only place that knows a database driver.
export { type MemoryStore, memoryJournal, memoryStore } from './memory-journal.ts';
export { sqliteJournal } from './sqlite-journal.ts';
