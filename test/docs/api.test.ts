// The reference of the operations and the OpenAPI document are made from the tables that serve them: neither may say anything else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACCESS_ROUTES, AUTH_ROUTES, BASE } from '../../gateway/http/api-routes.ts';
import { DESCRIBED_ROUTES } from '../../gateway/http/openapi.ts';
import { schemasOf } from '../../gateway/mcp/tool-cards.ts';
import { OPERATIONS } from '../../gateway/operations/index.ts';
import { apiPages, describeOperations } from '../../scripts/api-pages.mjs';

const folder = join(import.meta.dirname, '../../docs/api');
const described = describeOperations({
  operations: OPERATIONS.values(),
  schemasOf,
  doors: [
    { port: 5003, base: BASE, routes: DESCRIBED_ROUTES },
    { port: 5002, base: '', routes: ACCESS_ROUTES },
    { port: 5004, base: '', routes: AUTH_ROUTES },
  ],
});

it('docs/api/ is what the table says, page by page (npm run docs:api writes it)', () => {
  const written = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  expect(written).toEqual(apiPages(described));
});

describe('the pages', () => {
  const pages = apiPages(described);

  it('hold every operation once, with its route, its tool and its permission', () => {
    const text = Object.values(pages).join('\n');
    for (const { name, permission } of OPERATIONS.values()) {
      expect(text.split(`\n## ${name}\n`)).toHaveLength(2);
      expect(pages[`${name.split('.')[0]}.md`]).toMatch(new RegExp(`Route \`[^\`]+\` on \\d+ · tool \`${name.replace('.', '_')}\` · permission \`${permission}\``));
    }
  });

  it('name every member of every input', () => {
    for (const { operation, input } of described)
      for (const member of Object.keys((input as { properties?: object }).properties ?? {})) expect(pages[`${operation.name.split('.')[0]}.md`]).toContain(`| \`${member}\` |`);
  });
});
