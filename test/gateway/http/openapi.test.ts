import { describe, expect, it } from 'vitest';
import { addApiRoutes } from '../../../gateway/http/api-door.ts';
import { addEventsRoute } from '../../../gateway/http/events-route.ts';
import { openApiDocument } from '../../../gateway/http/openapi.ts';
import { OPERATIONS } from '../../../gateway/operations/index.ts';
import { runningNode } from '../../support/running-node.ts';
import { testDoor } from '../../support/test-door.ts';

interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly in?: string;
  readonly required?: boolean;
}
interface Described {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: { readonly properties: object } }>> };
}

const document = openApiDocument() as { readonly openapi: string; readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>> };
const all = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, one]) => ({ path, method, ...one })));

describe('the OpenAPI document', () => {
  it('is served on 5003 to whoever may come in', async () => {
    const { node } = await runningNode();
    const { get } = testDoor('api', addApiRoutes, () => node);
    const { status, type, body } = await get('/openapi.json');
    expect([status, type, body]).toEqual([200, 'application/json; charset=utf-8', JSON.parse(JSON.stringify({ ...document, servers: [{ url: '/' }] }))]);
    expect((await get('/openapi.json', { authorization: '' })).status).toBe(401);
  });

  it('describes exactly the routes that the door has', async () => {
    const { node } = await runningNode();
    const routed: string[] = [];
    testDoor(
      'api',
      (app, nodeNow) => {
        app.addHook('onRoute', ({ method, url }) => void routed.push(...[method].flat().map((one) => `${one.toLowerCase()} ${url}`)));
        addApiRoutes(app, nodeNow);
        addEventsRoute(app, nodeNow);
      },
      () => node,
    );
    const served = routed.filter((route) => !route.startsWith('head ') && !route.endsWith('/actors/*') && route !== 'get /openapi.json');
    const paths = all.map(({ path, method }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
    expect(paths.filter((route) => !route.includes('/actors/:')).sort()).toEqual(served.sort());
  });

  it('gives every operation of a route an id of its own, and each member of its input one place', () => {
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
    for (const { operationId, path, parameters, requestBody } of all.filter((one) => one.operationId !== 'events')) {
      const input = OPERATIONS.get(operationId.replace('_', '.'))?.input as unknown as { readonly shape: object };
      const named = parameters.filter((one) => one.name !== undefined);
      const inBody = Object.keys(requestBody?.content['application/json']?.schema.properties ?? {});
      expect([operationId, ...[...named.map(({ name }) => name), ...inBody].sort()]).toEqual([operationId, ...Object.keys(input.shape).sort()]);
      const inPath = named.filter((one) => one.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  it('refers to nothing that it does not hold', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]*)"/g)].map(([, pointer = '']) => pointer);
    expect(refs.length).toBeGreaterThan(200);
    const missing = refs.filter(
      (pointer) =>
        pointer
          .split('/')
          .slice(1)
          .reduce<unknown>((inside, name) => (inside as Record<string, unknown> | undefined)?.[name], document) === undefined,
    );
    expect(missing).toEqual([]);
  });
});
