// Functions of SQLite and PostgreSQL by what calling one does. A function that is not named here may do anything its author wrote.
import { isTellingTable } from './pragma.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Compute from their arguments, the rows, the clock or the state of the server, and change nothing. */
export const PURE_FUNCTIONS = words(`
  abs any_value avg ceil ceiling changes char char_length character_length chr coalesce concat concat_ws count cume_dist current_catalog current_database current_setting current_date
  current_schema current_schemas current_time current_timestamp current_user date date_add date_bin date_part date_trunc datetime degrees dense_rank div exp extract first_value
  floor format format_type gcd gen_random_uuid glob greatest group_concat grouping hex if ifnull iif initcap instr isfinite julianday
  justify_days justify_hours justify_interval lag last_insert_rowid last_value lcm lead least left length like likelihood likely ln localtime localtimestamp log log10 log2 lower
  ltrim make_date make_interval make_time make_timestamp make_timestamptz max md5 median min mod mode now nth_value ntile nullif num_nonnulls num_nulls
  obj_description octet_length overlay overlaps percent_rank percentile_cont percentile_disc pi pow power position printf quote radians rank
  regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr replace reverse right round
  rollup cube generate_subscripts jsonb_to_record jsonb_to_recordset jsonb_populate_record jsonb_populate_recordset point box circle line lseg path polygon row row_number row_to_json rtrim scale session_user sha224 sha256 sha384 sha512 sign sin cos tan asin acos atan atan2 sinh cosh tanh cot cbrt sqrt soundex split_part sqlite_compileoption_get sqlite_compileoption_used
  sqlite_source_id sqlite_version starts_with statement_timestamp clock_timestamp transaction_timestamp timeofday stddev stddev_pop stddev_samp strftime string_agg string_to_array string_to_table strpos substr substring
  sum timediff time timezone to_ascii to_char to_date to_hex to_json to_jsonb to_number to_timestamp total total_changes translate trim trim_scale trunc typeof unicode unistr unixepoch
  unlikely upper user uuid_generate_v4 uuidv7 var_pop var_samp variance version width_bucket age array array_agg array_append array_cat array_length array_lower array_ndims array_position array_positions array_prepend array_remove
  array_replace array_to_json array_to_string array_upper cardinality unnest any some all exists bit_and bit_count bit_length bit_or bit_xor bool_and bool_or every btrim cast corr covar_pop covar_samp decode encode
  regr_slope regr_intercept regr_r2 regr_count ascii concat_op octet json json_agg json_array json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each json_each_text json_error_position
  json_extract json_extract_path json_extract_path_text json_group_array json_group_object json_insert json_object json_object_agg json_object_keys json_patch json_pretty json_populate_record json_populate_recordset json_quote json_remove json_replace json_set json_strip_nulls
  json_to_record json_to_recordset json_tree json_type json_typeof json_valid json_value json_query json_exists jsonb jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path
  jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_typeof jsonb_extract jsonb_group_array
  jsonb_group_object jsonb_each jsonb_tree to_tsquery to_tsvector plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_headline ts_rank ts_rank_cd tsvector similarity word_similarity bm25 highlight snippet
  pg_backend_pid pg_blocking_pids pg_column_size pg_conf_load_time pg_database_size pg_encoding_to_char pg_get_constraintdef pg_get_expr pg_get_functiondef pg_get_indexdef pg_get_keywords pg_get_serial_sequence pg_get_userbyid pg_get_viewdef pg_get_triggerdef
  pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_current_wal_lsn pg_my_temp_schema pg_postmaster_start_time pg_relation_size pg_size_bytes pg_size_pretty
  pg_table_is_visible pg_table_size pg_tablespace_size pg_total_relation_size pg_typeof pg_wal_lsn_diff txid_current_if_assigned has_table_privilege has_schema_privilege has_database_privilege has_column_privilege col_description shobj_description to_regclass to_regtype inet_client_addr inet_client_port
  like_escape similar_to_escape normalize is_normalized pg_collation_for xmlexists inet_server_addr inet_server_port host masklen network currval lastval values filter over within
  unhex percentile json_array_insert subtype erf erfc factorial min_scale crc32 crc32c casefold get_byte get_bit set_byte set_bit convert_from convert_to to_bin to_oct parse_ident quote_ident quote_literal quote_nullable isempty lower_inc upper_inc
  lower_inf upper_inf range_merge range_agg int4range int8range numrange tsrange tstzrange daterange multirange area center diameter radius unaccent levenshtein abbrev broadcast family hostmask netmask inet_merge inet_same_family array_dims array_sample
  array_shuffle array_reverse array_sort pg_client_encoding pg_char_to_encoding pg_current_snapshot pg_get_partkeydef pg_get_ruledef pg_get_function_arguments pg_get_function_result pg_get_function_identity_arguments pg_options_to_table to_regproc to_regrole
  to_regnamespace has_function_privilege has_sequence_privilege has_any_column_privilege has_type_privilege pg_has_role aclexplode ts_debug ts_lexize numnode querytree setweight strip tsvector_to_array ts_filter ts_delete jsonb_path_query_tz make_timestamptz
`);

/** Reach files, processes, other servers, settings, or code outside the query. */
const REACHING =
  /^(pg_read_|pg_ls_|pg_stat_file|pg_write_|pg_file_|pg_logfile|pg_log_|pg_logdir|pg_rotate|pg_reload|pg_terminate|pg_cancel|pg_switch|pg_promote|pg_create_|pg_drop_|pg_replication_|pg_logical_|pg_backup|pg_start_backup|pg_stop_backup|pg_wal_replay_(pause|resume)|pg_export|pg_import|pg_stat_reset|pg_hba|pg_signal|lo_|loread|lowrite|dblink|copy|xp_|sp_|sys_|utl_|set_config|setval|query_to_xml|query_to_xmlschema|crosstab|connectby|ts_stat|ts_rewrite|database_to_xml|schema_to_xml|table_to_xml|cursor_to_xml|xpath_table|xmlparse|plpy|plv8|load_extension|readfile|writefile|edit|fts3_tokenizer|load_file|system|shell|eval|exec|sqlite_rename|sqlean|http_|net_|curl_|pg_net|zipfile|lsdir|fsdir|sqlar|postgres_fdw|aws_|cron\b|pgp_|adminpack|pg_notify|nextval)/;

/** Take time or space at will, or hold what others wait for. */
const HEAVY =
  /^(pg_sleep|pg_advisory|pg_try_advisory|randomblob|zeroblob|repeat|rpad|lpad|generate_series|series|pg_stat_clear|benchmark|sleep|random|setseed|txid_current\b|pg_current_xact_id\b)/;

export type FunctionKind = 'pure' | 'heavy' | 'reaching' | 'unknown';

/** `path` as it is written, schema first. Only an unqualified name and `pg_catalog` are the server's own. */
export function functionKind(path: readonly string[]): FunctionKind {
  const name = path.at(-1) ?? '';
  if (REACHING.test(name)) return 'reaching';
  if (HEAVY.test(name)) return name === 'random' ? 'pure' : 'heavy';
  const own = path.length === 1 || (path.length === 2 && path[0] === 'pg_catalog');
  return own && (PURE_FUNCTIONS.has(name) || isTellingTable(name)) ? 'pure' : 'unknown';
}

/** Tables that hold passwords, host rules, or the text of other people's queries. */
export const GUARDED_TABLES =
  /^(pg_shadow|pg_authid|pg_auth_members|pg_hba_file_rules|pg_ident_file_mappings|pg_user_mappings?|pg_file_settings|pg_largeobject|pg_subscription|pg_statistic|pg_stats_ext_exprs|mysql)$/;
/** Hold the text of what others ask, literals and all. */
export const QUERY_TABLES = /^pg_stat_(activity|statements)$/;
/** The schema's own tables: writing them is writing the schema. */
export const SYSTEM_TABLES = /^(sqlite_(master|schema|temp_master|temp_schema|sequence|stat\d|dbpage)|pg_[a-z_]+|information_schema)$/;
/** Virtual tables that reach out of the database. */
export const REACHING_TABLES = /^(sqlite_dbpage|fsdir|zipfile|readfile|csv|sqlite_dbdata|dbstat_w)$/;
