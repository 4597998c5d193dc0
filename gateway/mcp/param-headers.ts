// Parameters of a tool that its schema mirrors into headers (`x-mcp-header`), so that what lies between can route by them: a call whose
// header says other than its body is refused (MCP 2026-07-28, SEP-2243).
import type { Tool } from '@modelcontextprotocol/server';

interface Mirrored {
  readonly header: string;
  /** Where in the arguments. */
  readonly path: readonly string[];
  readonly numeric: boolean;
}

export type ParamHeaders = ReadonlyMap<string, readonly Mirrored[]>;
type Headers = Readonly<Record<string, string | string[] | undefined>>;
type Members = Readonly<Record<string, unknown>>;

const BASE64 = /^=\?base64\?(.*)\?=$/s;
const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DECIMAL = /^-?\d+(\.\d+)?$/;
const NUMERIC: readonly unknown[] = ['integer', 'number'];

/** Tools without such parameters are not in it. */
export function paramHeaders(cards: readonly Tool[]): ParamHeaders {
  return new Map(cards.map(({ name, inputSchema }) => [name, mirroredIn(inputSchema, [])] as const).filter(([, mirrored]) => mirrored.length > 0));
}

function mirroredIn({ properties }: Members, path: readonly string[]): Mirrored[] {
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, schema]) => {
    if (!isObject(schema)) return [];
    const header = schema['x-mcp-header'];
    const here = typeof header === 'string' ? [{ header: `Mcp-Param-${header}`, path: [...path, name], numeric: NUMERIC.includes(schema.type) }] : [];
    return [...here, ...mirroredIn(schema, [...path, name])];
  });
}

/** What the headers of a call say wrongly, in words; undefined when nothing. What the body leaves out needs no header. */
export function wrongParamHeader(declared: ParamHeaders, headers: Headers, body: unknown): string | undefined {
  if (declared.size === 0 || !isObject(body) || body.method !== 'tools/call' || !isObject(body.params)) return undefined;
  const { name, arguments: input } = body.params;
  for (const mirrored of declared.get(String(name)) ?? []) {
    const wrong = compare(mirrored, headers[mirrored.header.toLowerCase()], valueAt(input, mirrored.path));
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function compare({ header, numeric }: Mirrored, given: string | string[] | undefined, value: unknown): string | undefined {
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  if (typeof given !== 'string') return `${header} is missing: the body has ${JSON.stringify(value)}`;
  const said = decoded(given);
  if (said === undefined) return `${header} is not the Base64 that it says it is`;
  const same = numeric && DECIMAL.test(said) ? Number(said) === value : said === String(value);
  return same ? undefined : `${header} says ${JSON.stringify(said)}, the body ${JSON.stringify(value)}`;
}

function decoded(given: string): string | undefined {
  const [, coded] = BASE64.exec(given) ?? [];
  if (coded === undefined) return given;
  if (!CANONICAL.test(coded)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(coded, 'base64'));
  } catch {
    return undefined;
  }
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined), input);
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
