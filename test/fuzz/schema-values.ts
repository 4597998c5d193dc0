// Inputs from a JSON Schema as a node publishes it: ones that it allows, ones that are wrong in one place, and ones that mean harm.
import fc from 'fast-check';
import { hostileValue } from './hostile-values.ts';

export interface Schema {
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Names that exist on the node, by the member that they go into. */
export type Known = Readonly<Record<string, readonly string[]>>;

type Input = Readonly<Record<string, unknown>>;

const DEEPEST = 4;
const LONGEST_TEXT = 60;
/** What waits must not wait longer than the test can. */
const LONGEST_WAIT_MS = 30;
const WAITS = /^(timeoutMs|waitMs)$/;

export function allowedInput(schema: Schema, known: Known): fc.Arbitrary<Input> {
  return allowed(schema, { root: schema, known }, 0) as fc.Arbitrary<Input>;
}

/** One member is missing, unknown, of another type or out of bounds. */
export function nearInput(schema: Schema, known: Known): fc.Arbitrary<Input> {
  const members = [...Object.keys(schema.properties ?? {}), 'nonsense'];
  const wrong = fc.oneof(hostileValue, fc.constant(undefined));
  return fc.tuple(allowedInput(schema, known), fc.constantFrom(...members), wrong).map(([input, member, value]) => ({ ...input, [member]: waitless(member, value) }));
}

/** Every member means harm, and there are some that nobody asked for. */
export function hostileInput(schema: Schema): fc.Arbitrary<Input> {
  const members = Object.keys(schema.properties ?? {});
  const all = Object.fromEntries(members.map((member) => [member, hostileValue.map((value) => waitless(member, value))]));
  return fc
    .tuple(fc.record(all), fc.dictionary(fc.constantFrom('__proto__', 'constructor', 'x', ''), hostileValue, { maxKeys: 2 }))
    .map(([input, more]) => ({ ...input, ...more }));
}

function waitless(member: string, value: unknown): unknown {
  return WAITS.test(member) && typeof value === 'number' && value > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : value;
}

interface Place {
  readonly root: Schema;
  readonly known: Known;
  readonly member?: string;
}

function allowed(schema: Schema, place: Place, depth: number): fc.Arbitrary<unknown> {
  const { $ref, anyOf, oneOf, allOf, type } = schema;
  if ($ref !== undefined) return depth > DEEPEST ? fc.constant(null) : fc.constant(null).chain(() => allowed(at(place.root, $ref), place, depth + 1));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => allowed(choice, place, depth + 1)));
  if (allOf !== undefined) return allowed(Object.assign({}, schema, { allOf: undefined }, ...allOf) as Schema, place, depth + 1);
  if (typeof type === 'object') return fc.oneof(...type.map((one) => allowed({ ...schema, type: one }, place, depth)));
  if (type === 'string') return texts(schema, place);
  if (type === 'integer' || type === 'number') return numbers(schema, place);
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'array') return fc.array(depth > DEEPEST ? fc.constant(null) : allowed(schema.items ?? {}, place, depth + 1), sizes(schema));
  if (type === 'object') return objects(schema, place, depth);
  return fc.jsonValue({ maxDepth: 2 });
}

function sizes({ minItems = 0, maxItems = minItems + 3 }: Schema) {
  return { minLength: minItems, maxLength: Math.min(maxItems, minItems + 3) };
}

function texts({ minLength = 0, maxLength = LONGEST_TEXT, pattern }: Schema, { known, member = '' }: Place): fc.Arbitrary<unknown> {
  const made =
    pattern === undefined ? fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, Math.min(maxLength, LONGEST_TEXT)) }) : fc.stringMatching(new RegExp(pattern));
  const there = known[member] ?? [];
  return there.length === 0 ? made : fc.oneof({ arbitrary: made, weight: 1 }, { arbitrary: fc.constantFrom(...there), weight: 2 });
}

function numbers({ type, minimum = -1_000, maximum = 1_000_000 }: Schema, { member = '' }: Place): fc.Arbitrary<unknown> {
  const max = WAITS.test(member) ? LONGEST_WAIT_MS : Math.max(minimum, Math.min(maximum, Number.MAX_SAFE_INTEGER));
  const min = Math.max(minimum, Number.MIN_SAFE_INTEGER);
  return type === 'integer' ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true });
}

function objects({ properties = {}, required = [], additionalProperties }: Schema, place: Place, depth: number): fc.Arbitrary<unknown> {
  const free = typeof additionalProperties === 'object' && Object.keys(properties).length === 0;
  if (free) return fc.dictionary(fc.string({ maxLength: 10 }), depth > DEEPEST ? fc.constant(null) : allowed(additionalProperties, place, depth + 1), { maxKeys: 3 });
  const members = Object.entries(properties).map(([member, schema]) => [member, allowed(schema, { ...place, member }, depth + 1)] as const);
  return fc.record(Object.fromEntries(members), { requiredKeys: [...required], noNullPrototype: true });
}

function at(root: Schema, pointer: string): Schema {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((inside, name) => (inside as Readonly<Record<string, unknown>>)[name], root) as Schema;
}
