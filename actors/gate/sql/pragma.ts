// PRAGMA of SQLite: some only tell, some change the file or what later statements mean, and the text decides which.
import type { Finding } from '../../work/types.ts';
import { finding } from '../verdict.ts';
import type { Token } from './tokens.ts';

/** Tell, when no value is given. */
const TELLING = new Set(
  `application_id auto_vacuum busy_timeout cache_size collation_list compile_options data_version database_list encoding foreign_key_check foreign_key_list foreign_keys freelist_count
  function_list index_info index_list index_xinfo integrity_check journal_mode journal_size_limit locking_mode max_page_count module_list page_count page_size pragma_list query_only
  quick_check read_uncommitted recursive_triggers schema_version secure_delete stats synchronous table_info table_list table_xinfo temp_store threads trusted_schema user_version wal_autocheckpoint`
    .trim()
    .split(/\s+/),
);
/** Take the name of a table or index as their argument, and tell about it. */
const ABOUT_ONE = new Set([
  'foreign_key_check',
  'foreign_key_list',
  'index_info',
  'index_list',
  'index_xinfo',
  'integrity_check',
  'quick_check',
  'table_info',
  'table_list',
  'table_xinfo',
]);

/** Whether it may be asked as a table: `pragma_table_info('t')`. */
export const isTellingTable = (name: string): boolean => name.startsWith('pragma_') && (TELLING.has(name.slice(7)) || ABOUT_ONE.has(name.slice(7)));

/** `words` are the statement's tokens after PRAGMA. */
export function pragmaFinding(words: readonly Token[], span: readonly [number, number]): Finding {
  const [first, dot, second] = words;
  const qualified = dot?.value === '.' && dot.kind === 'sign';
  const name = (qualified ? second : first)?.value.toLowerCase() ?? '';
  const rest = words.slice(qualified ? 3 : 1);
  if (rest.length === 0 && TELLING.has(name)) return finding('LOW', 'sql-pragma-reads', `PRAGMA ${name} only tells`, span);
  const [open, argument, close] = rest;
  const asksAboutOne = rest.length === 3 && open?.value === '(' && close?.value === ')' && argument !== undefined && ABOUT_ONE.has(name);
  if (asksAboutOne) return finding('LOW', 'sql-pragma-reads', `PRAGMA ${name} only tells`, span);
  return finding('HIGH', 'sql-pragma-changes', `PRAGMA ${name} changes the database or what later statements mean`, span);
}
