// The reference of every operation as Markdown, one page a topic, from the operation table and the table of routes.

/** @typedef {{name: string, title: string, summary: string, permission: string, destructive: boolean, idempotent: boolean, waits: boolean}} Operation */
/** @typedef {{operation: Operation, tool: string, route: string, input: object, output: object}} Described */

const FROM = 'Written by `npm run docs:api` from the operation table.';

/**
 * What the pages say, from the tables of the gateway. `doors`: the routes of each port, with what stands before their paths.
 * @param {{operations: Iterable<any>, schemasOf: (operation: any) => any, doors: ReadonlyArray<{port: number, base: string, routes: ReadonlyArray<{method: string, path: string, operation: string}>}>}} tables
 * @returns {readonly Described[]}
 */
export function describeOperations({ operations, schemasOf, doors }) {
  const routes = new Map(
    doors.flatMap(({ port, base, routes }) => routes.map((route) => [route.operation, `\`${route.method} ${base}${route.path.replace(/:(\w+)/g, '{$1}')}\` on ${port}`])),
  );
  return [...operations].map((operation) => ({ operation, tool: operation.name.replace('.', '_'), route: routes.get(operation.name), ...schemasOf(operation) }));
}

/**
 * By file name.
 * @param {readonly Described[]} all
 * @returns {Readonly<Record<string, string>>}
 */
export function apiPages(all) {
  const pages = [...grouped(all)].map(([topic, described]) => [`${topic}.md`, topicPage(topic, described)]);
  return { 'README.md': indexPage(all), ...Object.fromEntries(pages) };
}

const topicOf = ({ operation }) => operation.name.split('.')[0];

function grouped(all) {
  const topics = new Map();
  for (const one of all) topics.set(topicOf(one), [...(topics.get(topicOf(one)) ?? []), one]);
  return topics;
}

function indexPage(all) {
  const row = ({ operation: { name, summary, permission }, route }) =>
    `| [${name}](${name.split('.')[0]}.md#${name.replace('.', '')}) | ${cell(summary)} | ${permission} | ${cell(route)} |`;
  return [
    '# Operations',
    '',
    'Everything that can be done from outside, by the same name and with the same input behind every door:',
    '',
    '- a JSON-RPC method `task.status` at `POST /rpc` and `WS /ws` on 9999;',
    '- an MCP tool `task_status` at `/mcp` on 9999;',
    '- a route over HTTP: names in the path, the rest in the query of a GET or the JSON body of a POST.',
    '  `GET /openapi.json` on 5003 describes them to programs; `GET /api/v1/events` streams what happens.',
    '',
    `Errors are in [errors.md](../errors.md). ${FROM}`,
    '',
    '| operation | does | permission | route |',
    '|---|---|---|---|',
    ...all.map(row),
    '',
  ].join('\n');
}

function topicPage(topic, described) {
  return [`# ${topic}`, '', `${FROM} All of them: [Operations](README.md).`, ...described.flatMap(section), ''].join('\n');
}

function section({ operation, tool, route, input, output }) {
  const { name, title, summary, permission } = operation;
  return [
    '',
    `## ${name}`,
    `${title}: ${summary}.`,
    '',
    `Route ${route} · tool \`${tool}\` · permission \`${permission}\`${traits(operation)}`,
    '',
    ...table('input', input, 'It takes nothing.'),
    '',
    ...table('answer', output, 'It answers nothing.'),
  ];
}

function traits({ permission, destructive, idempotent, waits }) {
  const said = [
    ...(destructive ? ['ends or undoes something'] : []),
    ...(idempotent && permission !== 'read' ? ['asked for again it changes nothing more'] : []),
    ...(waits ? ['may take long'] : []),
  ];
  return said.map((one) => ` · ${one}`).join('');
}

function table(head, schema, nothing) {
  const rows = membersOf(schema, schema, '');
  return rows.length === 0 ? [nothing] : [`| ${head} | is |`, '|---|---|', ...rows.map(([path, words]) => `| \`${path}\` | ${cell(words)} |`)];
}

/** Members of an object and of the objects in it, each by its path. */
function membersOf(schema, root, path, seen = []) {
  const { target, into } = resolved(schema, root, path);
  if (seen.includes(target)) return [];
  const members = Object.entries(target.properties ?? {});
  return members.flatMap(([name, member]) => {
    const at = into === '' ? name : `${into}.${name}`;
    const optional = (target.required ?? []).includes(name) ? '' : ', may be left out';
    const said = member.description === undefined ? '' : `; ${member.description}`;
    const byDefault = member.default === undefined ? optional : `, by default ${JSON.stringify(member.default)}`;
    return [[at, `${wordsOf(member, root)}${byDefault}${said}`], ...membersOf(member, root, at, [...seen, target])];
  });
}

/** The object that a member is, or is a list or a choice of; a choice that holds itself has none. */
function resolved(schema, root, path, through = []) {
  if (through.includes(schema)) return { target: {}, into: path };
  const further = [...through, schema];
  if (schema.$ref !== undefined) return resolved(at(root, schema.$ref), root, path, further);
  if (schema.items !== undefined) return resolved(schema.items, root, `${path}[]`, further);
  const choice = schema.anyOf?.find((one) => one.properties !== undefined || one.items !== undefined || one.$ref !== undefined);
  return choice === undefined ? { target: schema, into: path } : resolved(choice, root, path, further);
}

function at(root, pointer) {
  return pointer
    .split('/')
    .slice(1)
    .reduce((inside, name) => inside[name], root);
}

function wordsOf(schema, root, depth = 0) {
  if (schema.$ref !== undefined) return depth > 1 ? 'the same again' : wordsOf(at(root, schema.$ref), root, depth + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map((one) => wordsOf(one, root, depth + 1)))].join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => wordsOf({ ...schema, type }, root, depth)).join(' | ');
  if (schema.type === 'array') return `list of ${wordsOf(schema.items ?? {}, root, depth)}${bounds(schema.minItems, schema.maxItems, ' items')}`;
  if (schema.type === 'object') return schema.properties === undefined ? 'object of any members' : 'object';
  if (schema.type === 'string') return `text${bounds(schema.minLength, schema.maxLength, ' characters')}${schema.pattern === undefined ? '' : `, like \`${schema.pattern}\``}`;
  if (schema.type === 'integer' || schema.type === 'number') return `${schema.type}${bounds(schema.minimum, schema.maximum, '')}`;
  return schema.type ?? 'anything';
}

/** The ends of what a JavaScript number can count to are no bounds. */
function bounds(least, most, unit) {
  const from = least === undefined || least === Number.MIN_SAFE_INTEGER ? undefined : least;
  const to = most === undefined || most === Number.MAX_SAFE_INTEGER ? undefined : most;
  if (from === undefined && to === undefined) return '';
  if (from === undefined) return `, at most ${to}${unit}`;
  return to === undefined ? `, at least ${from}${unit}` : `, ${from} to ${to}${unit}`;
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
