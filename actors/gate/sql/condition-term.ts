// The parts of a condition, made simpler as they are put together: `id + 0`, `cast(id as text)` and `(select id)` are `id`.

type Constant = string | number | boolean | null;

export type Term = { readonly text: string } & (
  | { readonly kind: 'constant'; readonly value: Constant }
  /** Known only when it runs, and the same for every row. */
  | { readonly kind: 'given' }
  | { readonly kind: 'column' }
  | { readonly kind: 'query'; readonly query: Subquery }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Term[] }
);

export interface Subquery {
  /** Names a row of the statement around it. */
  readonly correlated: boolean;
  /** Nothing in it but one item, one table and a condition. */
  readonly plain?: { readonly item: Term | 'all'; readonly table: string; readonly where: Term | undefined } | undefined;
}

export const GIVEN: Term = { kind: 'given', text: '?' };
export const constant = (value: Constant): Term => ({ kind: 'constant', value, text: typeof value === 'string' ? `'${value}'` : String(value) });
export const column = (name: string): Term => ({ kind: 'column', text: name });
export const queryTerm = (query: Subquery, text: string): Term => ({ kind: 'query', query, text: `(${text})` });

export const isConstant = (term: Term | undefined, value: Constant): boolean => term?.kind === 'constant' && term.value === value;

const NO_MORE_THAN_FIRST = /^(cast|collate|row)$/;
const FIRST_OF = /^(coalesce|ifnull|nvl)$/;
const ONE_OF = /^(greatest|least|max|min)$/;

function arithmetic(name: string, left: Term, right: Term): Term | undefined {
  const zero = name === '+' || name === '-';
  if (zero && isConstant(right, 0)) return left;
  if (name === '+' && isConstant(left, 0)) return right;
  if (name === '-' && left.text === right.text) return constant(0);
  const one = name === '*' || name === '/';
  if (one && isConstant(right, 1)) return left;
  if (name === '*' && isConstant(left, 1)) return right;
  if ((name === '%' || name === 'mod') && isConstant(right, 1)) return constant(0);
  if (name === '*' && (isConstant(left, 0) || isConstant(right, 0))) return constant(0);
  if (name !== '||') return undefined;
  if (isConstant(right, '')) return left;
  if (isConstant(left, '')) return right;
  return left.kind === 'constant' && right.kind === 'constant' ? constant(`${left.value}${right.value}`) : undefined;
}

const COMPARED: Readonly<Record<string, (a: number | string, b: number | string) => boolean>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

function compared(name: string, left: Term, right: Term): Term | undefined {
  const compare = Object.hasOwn(COMPARED, name) ? COMPARED[name] : undefined;
  if (compare === undefined || left.kind !== 'constant' || right.kind !== 'constant') return undefined;
  const [a, b] = [left.value, right.value];
  return (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string') ? constant(compare(a, b)) : undefined;
}

function simpler(name: string, args: readonly Term[]): Term | undefined {
  const [left, right] = args;
  if (left === undefined) return undefined;
  if (NO_MORE_THAN_FIRST.test(name) && (name !== 'row' || args.length === 1)) return left;
  if (name === 'case' && isConstant(left, true) && right !== undefined) return right;
  if (FIRST_OF.test(name)) {
    const first = args.findIndex((arg) => !isConstant(arg, null));
    const chosen = args[first];
    if (chosen !== undefined && (chosen.kind === 'constant' || first === args.length - 1)) return chosen;
  }
  if (ONE_OF.test(name) && args.length > 1 && args.every(({ text }) => text === left.text)) return left;
  if (right === undefined) {
    if (name === '+') return left;
    return name === '-' && left.kind === 'constant' && typeof left.value === 'number' ? constant(-left.value) : undefined;
  }
  if (/^(strpos|instr)$/.test(name) && isConstant(right, '')) return constant(1);
  return args.length === 2 ? (arithmetic(name, left, right) ?? compared(name, left, right)) : undefined;
}

export function call(name: string, args: readonly Term[]): Term {
  return simpler(name, args) ?? { kind: 'call', name, args, text: `${name}(${args.map(({ text }) => text).join(',')})` };
}

/** Whether it may be another for another row. */
export function dependsOnRow(term: Term): boolean {
  if (term.kind === 'column') return true;
  if (term.kind === 'query') return term.query.correlated;
  return term.kind === 'call' && term.args.some(dependsOnRow);
}
