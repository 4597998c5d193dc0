// Values that programs have stumbled over: for members, for whole bodies, for names in paths and for headers.
import fc from 'fast-check';

export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\u0007\u001b[2J',
  '\ud800',
  '\u202eevil',
  '../../../../etc/passwd',
  '/etc/passwd',
  'file:///etc/passwd',
  'agents//x',
  'agents/../agents',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  "' OR '1'='1",
  '%00',
  '%ZZ',
  '#{7*7}',
  '{{node.health}}',
  '<script>alert(1)</script>',
  'NaN',
  '-1',
  '1e999',
  '9007199254740993',
  '0x10',
  'true',
  'null',
  '[]',
  'x'.repeat(70_000),
  'é'.repeat(300),
];

const HOSTILE_NUMBERS: readonly number[] = [0, -0, -1, 0.5, 1e308, -1e308, 2 ** 53, 2 ** 31, 2 ** 64, 5e-324];

const nested = (depth: number, open: string, close: string): unknown => JSON.parse(open.repeat(depth) + close.repeat(depth));

/** Texts of JSON, so that members with names of their own kind survive. */
const HOSTILE_JSON: readonly string[] = [
  '{"__proto__": {"polluted": true}}',
  '{"constructor": {"prototype": {"polluted": true}}}',
  '{"toJSON": 1, "then": 1, "length": -1}',
  '{"valueOf": null, "toString": null}',
  '[[], {}, null]',
  '{"": ""}',
];

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...HOSTILE_TEXTS),
  fc.constantFrom<unknown>(...HOSTILE_NUMBERS, null, true, false),
  fc.constantFrom(...HOSTILE_JSON).map((text) => JSON.parse(text) as unknown),
  fc.constantFrom(nested(400, '[', ']'), JSON.parse(`${'{"a":'.repeat(400)}1${'}'.repeat(400)}`) as unknown),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Bodies that are no input of anything. */
export const HOSTILE_BODIES: ReadonlyArray<string | Buffer> = [
  '',
  '{',
  '}',
  '[]',
  'null',
  '7',
  '"text"',
  '{}{}',
  '{"a":1,}',
  "{'a':1}",
  '\ufeff{}',
  '{"a":1,"a":2}',
  '{"\\ud800":"\\udfff"}',
  '{"a":1e999}',
  '['.repeat(50_000),
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  '{"a":'.repeat(20_000),
  `"${'x'.repeat(900_000)}"`,
  Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d]),
  Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.alloc(1_000),
];

export const HOSTILE_TYPES: readonly string[] = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json;',
  '*/*',
  '',
];

/** Beside honest ones; none is longer than what a server reads. */
export const HOSTILE_HEADERS: ReadonlyArray<Readonly<Record<string, string>>> = [
  { 'idempotency-key': '' },
  { 'idempotency-key': 'a b' },
  { 'idempotency-key': 'x'.repeat(201) },
  { 'troupe-position': '-1' },
  { 'troupe-position': '999999999999999' },
  { 'x-troupe-caller': '../../x' },
  { 'last-event-id': '1e3' },
  { 'accept-encoding': 'gzip;q=nan, br;q=9, *' },
  { accept: 'nonsense/*;q=7' },
  { expect: '100-continue' },
  { range: 'bytes=0-0,-1' },
  { cookie: `${'a=b; '.repeat(500)}__proto__=x` },
  { 'content-encoding': 'gzip' },
  { 'x-forwarded-for': '1.2.3.4', forwarded: 'for=evil;host=evil' },
  { 'mcp-session-id': '__proto__' },
  { 'mcp-protocol-version': '1900-01-01' },
  { traceparent: '00-0-0-0' },
  { upgrade: 'h2c' },
];
