// The words and signs of reading queries and of changes to rows, by what they do where they stand.

const set = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const RESERVED = set(`select from where group having order limit offset fetch union intersect except on using join inner left right full cross natural as and or
  not in is null between like ilike similar case when then else end distinct all exists values with window for into set returning union collate isnull notnull desc asc
  insert update delete create drop alter table conflict default primary references check unique lateral escape glob regexp match grant over filter tablesample`);
/** Reserved words that name a function when a bracket follows. */
export const ALSO_FUNCTIONS = set('left right replace glob like any some all row if values coalesce');
export const CONSTANTS = set(
  'null true false current_date current_time current_timestamp current_user session_user user localtime localtimestamp current_role current_catalog current_schema default unknown',
);
export const TYPED_LITERALS = set('date time timestamp timestamptz interval json jsonb uuid inet bytea bit point box');
export const PREFIXES = set('not - + ~ @');
export const WORD_OPERATORS = set('and or like ilike glob regexp match escape between in is isnull notnull symmetric');
export const SIGN_OPERATORS = set('= == <> != < > <= >= + - * / % || | & << >> -> ->> #> #>> @> <@ ~ ~* !~ !~* ~~ && ? ?| ?& @@ #- ^ # @? =>');
export const TYPE_WORDS = set('precision varying with without time zone unsigned big int integer character text double');
export const ARGUMENT_WORDS = set('from for in placing separator');
export const QUERY_WORDS = set('select values with');
export const CHANGE_WORDS = set('insert update delete merge');
export const INTO_WORDS = set('temp temporary unlogged table');
export const LOCK_WORDS = set('no key update share of nowait skip locked ,');
export const JOIN_WORDS = set('natural left right full inner cross outer');
export const FRAME_WORDS = set('rows range groups between unbounded preceding following current row and exclude no others ties group');
export const ON_CONFLICT = set('rollback abort replace fail ignore');
