// The REST routes of port 5003 as an OpenAPI 3.1 document, put together from the operation table and the table of routes: no route is
// described apart from what serves it. `GET /openapi.json`.
import type { FastifyInstance } from 'fastify';
import { schemasOf, toolName } from '../mcp/tool-cards.ts';
import { OPERATIONS, type Operation } from '../operations/index.ts';
import { type Written, write } from '../operations/kept-answer.ts';
import { productVersion } from '../version.ts';
import { ACTOR_ROUTES, API_ROUTES, BASE, type Route } from './api-routes.ts';
import { PROBLEM_JSON } from './problem.ts';
import { sendTagged } from './response-cache/entity-tag.ts';

type Json = Readonly<Record<string, unknown>>;

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

const ref = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });
const schemaName = (operation: string, part: 'input' | 'output'): string => `${toolName(operation)}_${part}`;
const content = (schema: Json, type = 'application/json'): Json => ({ [type]: { schema } });

/** The address of an actor has slashes, which stand in the path as they are. */
const ADDRESSED: readonly Route[] = ACTOR_ROUTES.map((route) => ({ ...route, path: ['/actors/:address', ...(route.path === '' ? [] : [route.path])].join('/') }));

export const DESCRIBED_ROUTES: readonly Route[] = [...API_ROUTES, ...ADDRESSED];

/** `url`: where the door is; undefined for whoever reads the document apart from a node. */
export function openApiDocument(url?: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const schemas: Record<string, Json> = { Problem: PROBLEM };
  for (const route of DESCRIBED_ROUTES) {
    const operation = OPERATIONS.get(route.operation);
    if (operation === undefined) continue;
    const parts = schemasOf(operation);
    for (const part of ['input', 'output'] as const) schemas[schemaName(operation.name, part)] = rooted(parts[part] as Json, schemaName(operation.name, part));
    const path = BASE + route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: described(route, operation, schemas[schemaName(operation.name, 'input')] as ObjectSchema) };
  }
  paths[`${BASE}/events`] = { get: EVENTS };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Troupe',
      version: productVersion(),
      description: 'Every route is one operation of the table that MCP tools, JSON-RPC methods and verbs of the command line come from.',
    },
    ...(url === undefined ? {} : { servers: [{ url }] }),
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas,
      parameters: PARAMETERS,
      responses: { Problem: { description: 'RFC 9457 problem details with a stable `code`.', content: content(ref('schemas', 'Problem'), PROBLEM_JSON) } },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function described({ method, path, status = 200 }: Route, { name, title, summary, permission, waits }: Operation, input: ObjectSchema): Json {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, member = '']) => member);
  const { properties = {}, required = [] } = input;
  const parameter = (member: string): Json => ({
    name: member,
    in: inPath.includes(member) ? 'path' : 'query',
    required: inPath.includes(member) || required.includes(member),
    schema: { $ref: `#/components/schemas/${schemaName(name, 'input')}/properties/${member}` },
  });
  const inBody = method === 'POST' ? Object.keys(properties).filter((member) => !inPath.includes(member)) : [];
  const others = Object.keys(properties).filter((member) => !inBody.includes(member));
  return {
    operationId: toolName(name),
    summary: title,
    description: `${summary}.${waits ? ' It may take long.' : ''} Needs the permission \`${permission}\`.`,
    tags: [name.split('.')[0]],
    parameters: [...others.map(parameter), ref('parameters', method === 'GET' ? 'Position' : 'IdempotencyKey')],
    ...(inBody.length === 0 ? {} : { requestBody: bodyOf(name, inBody, input) }),
    responses: {
      [status]: { description: status === 202 ? 'Journalled.' : 'Done.', content: content(ref('schemas', schemaName(name, 'output'))) },
      default: ref('responses', 'Problem'),
    },
  };
}

function bodyOf(name: string, members: readonly string[], { required = [] }: ObjectSchema): Json {
  const needed = members.filter((member) => required.includes(member));
  const properties = Object.fromEntries(members.map((member) => [member, { $ref: `#/components/schemas/${schemaName(name, 'input')}/properties/${member}` }]));
  return {
    required: needed.length > 0,
    content: content({ type: 'object', properties, ...(needed.length === 0 ? {} : { required: needed }), additionalProperties: false }),
  };
}

/** References within the schema, which start at its own root, start at the document's. */
function rooted(schema: Json, name: string): Json {
  const at = (pointer: string): string => `#/components/schemas/${name}${pointer.slice(1)}`;
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => (key === '$ref' && typeof value === 'string' ? at(value) : value)) as Json;
}

const PROBLEM: Json = {
  type: 'object',
  description: 'Members beside these are the details of the error.',
  properties: { type: { type: 'string' }, title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' }, code: { type: 'string' } },
  required: ['type', 'title', 'status', 'detail', 'code'],
};

const PARAMETERS: Json = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Makes it safe to ask again.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
  },
  Position: {
    name: 'Troupe-Position',
    in: 'header',
    required: false,
    description: 'What an earlier answer carried: the read has seen what that answer had done.',
    schema: { type: 'string', pattern: '^\\d{1,15}$' },
  },
};

const EVENTS: Json = {
  operationId: 'events',
  summary: 'Events',
  description: 'Facts as server-sent events, in order, from where the reader left off. Needs the permission `read`.',
  tags: ['events'],
  parameters: [
    { name: 'plan', in: 'query', required: false, description: 'Only what concerns this plan.', schema: { type: 'string' } },
    {
      name: 'after',
      in: 'query',
      required: false,
      description: 'The id of the last event that was seen, where Last-Event-ID cannot be given.',
      schema: { type: 'integer', minimum: 0 },
    },
    { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'integer', minimum: 0 } },
  ],
  responses: { 200: { description: 'A stream that does not end.', content: content({ type: 'string' }, 'text/event-stream') }, default: ref('responses', 'Problem') },
};

export function addOpenApiRoute(app: FastifyInstance): void {
  let document: Written | undefined;
  app.get('/openapi.json', (request, reply) => {
    document ??= write(JSON.stringify(openApiDocument('/')));
    return sendTagged(request, reply, document);
  });
}
