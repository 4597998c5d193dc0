// How much a part of a parsed PostgreSQL statement says, where it says so itself: `5`, `-5`, `'2024-01-01'::date`, `now() - interval '7 days'`.
import { type Amount, added, amountOf, CLOCK } from './call-size.ts';

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const CLOCKS = /^(now|clock_timestamp|statement_timestamp|transaction_timestamp)$/;
const CLOCK_WORD = /^SVFOP_(CURRENT_DATE|CURRENT_TIMESTAMP(_N)?|LOCALTIMESTAMP(_N)?)$/;
const SIGNS: Readonly<Record<string, 1 | -1>> = { '+': 1, '-': -1 };
const DEEPEST = 8;

const lastName = (names: unknown): string => String(fieldsOf(fieldsOf((names as readonly unknown[] | undefined)?.at(-1)).String).sval ?? '');

function constant(given: Fields): Amount | undefined {
  if (given.ival !== undefined) return { of: 'count', n: Number(fieldsOf(given.ival).ival ?? 0) };
  if (given.fval !== undefined) return amountOf(String(fieldsOf(given.fval).fval));
  return given.sval === undefined ? undefined : amountOf(String(fieldsOf(given.sval).sval ?? ''));
}

function called({ funcname, args }: Fields, depth: number): Amount | undefined {
  const name = lastName(funcname);
  if (CLOCKS.test(name)) return CLOCK;
  return name === 'date_trunc' && Array.isArray(args) ? treeAmount(args[1], depth + 1) : undefined;
}

function calculated({ kind, name, lexpr, rexpr }: Fields, depth: number): Amount | undefined {
  const sign = SIGNS[lastName(name)];
  if (kind !== 'AEXPR_OP' || sign === undefined) return undefined;
  return added(lexpr === undefined ? { of: 'count', n: 0 } : treeAmount(lexpr, depth + 1), treeAmount(rexpr, depth + 1), sign);
}

/** Undefined where only the server will know. */
export function treeAmount(node: unknown, depth = 0): Amount | undefined {
  const { A_Const, TypeCast, FuncCall, A_Expr, SQLValueFunction } = fieldsOf(node);
  if (depth > DEEPEST) return undefined;
  if (A_Const !== undefined) return constant(fieldsOf(A_Const));
  if (TypeCast !== undefined) return treeAmount(fieldsOf(TypeCast).arg, depth + 1);
  if (FuncCall !== undefined) return called(fieldsOf(FuncCall), depth);
  if (A_Expr !== undefined) return calculated(fieldsOf(A_Expr), depth);
  return CLOCK_WORD.test(String(fieldsOf(SQLValueFunction).op)) ? CLOCK : undefined;
}
