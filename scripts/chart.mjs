// Draws a statechart as text of Mermaid, from the machine itself: its states, and each transition with what causes it and under which condition.
// Transitions that only do something, and lead nowhere, are left out: the picture says how it moves.

const idOf = (node) => node.path.join('_');
/** Words of the library are said as people read them. */
const READABLE = [
  [/^xstate\.after\.(.+?)\..*$/, 'after $1'],
  [/^xstate\.done\.actor\..*$/, 'done'],
  [/^xstate\.error\.actor\..*$/, 'error'],
  [/^xstate\.done\.state\..*$/, 'done'],
];

function eventText(type) {
  const [pattern, words] = READABLE.find(([known]) => known.test(type)) ?? [];
  return pattern === undefined ? type : type.replace(pattern, words);
}

/** How the library's combinations of guards are written, by the name of the function that one is. */
const COMBINED = { and: ' && ', or: ' || ' };

/** The name of a guard, else what its code says. */
function guardText(guard) {
  if (guard === undefined) return '';
  if (typeof guard === 'string') return guard;
  if (typeof guard !== 'function') return guard.type;
  if (Array.isArray(guard.guards)) return combinedText(guard);
  const code = guard
    .toString()
    .replace(/^\s*\([^)]*\)\s*=>\s*/, '')
    .replace(/\s+/g, ' ')
    .replaceAll('"', "'");
  return code.replace(/\b(context|event)\./g, '');
}

function combinedText({ name, guards }) {
  const texts = guards.map((part) => (Array.isArray(part.guards) && part.name !== 'not' ? `(${guardText(part)})` : guardText(part)));
  if (name === 'not') return `!${texts[0]}`;
  if (COMBINED[name] === undefined) throw new Error(`a guard that combines others by '${name}': say here how that is written`);
  return texts.join(COMBINED[name]);
}

const escaped = (text) => text.replaceAll(';', ',').replaceAll('<', '#lt;').replaceAll('>', '#gt;').replaceAll('{', '(').replaceAll('}', ')');

function label({ eventType, guard }) {
  const cause = eventType === '' ? '' : eventText(eventType);
  const condition = guardText(guard);
  return escaped([cause, condition === '' ? '' : `[${condition}]`].filter((word) => word !== '').join(' '));
}

function arrows(node) {
  const always = (node.always ?? []).map((transition) => ({ ...transition, eventType: '' }));
  const others = [...node.transitions.values()].flat();
  return [...always, ...others].flatMap((transition) =>
    (transition.target ?? []).map((target) => {
      const text = label(transition);
      return `${idOf(node)} --> ${idOf(target)}${text === '' ? '' : `: ${text}`}`;
    }),
  );
}

function draw(node, indent) {
  const pad = '  '.repeat(indent);
  const children = Object.values(node.states);
  const name = `${pad}state "${node.key}" as ${idOf(node)}`;
  if (children.length === 0) return [name];
  const first = node.initial?.target?.[0];
  const regions =
    node.type === 'parallel'
      ? children.flatMap((child, at) => (at === 0 ? draw(child, indent + 1) : [`${pad}  --`, ...draw(child, indent + 1)]))
      : children.flatMap((child) => draw(child, indent + 1));
  return [`${name} {`, ...(first === undefined ? [] : [`${pad}  [*] --> ${idOf(first)}`]), ...regions, `${pad}}`];
}

/** What ends it whatever it does; with a state of its own, since Mermaid has no arrow from everywhere. */
function fromAnywhere(root) {
  const found = arrows({ ...root, path: ['anywhere'], always: root.always, transitions: root.transitions });
  return found.length === 0 ? [] : ['  state "any state" as anywhere', ...found.map((line) => `  ${line}`)];
}

const nodesOf = (node) => [node, ...Object.values(node.states).flatMap(nodesOf)];

/** Text of a Mermaid diagram. */
export function drawChart({ root }) {
  const first = root.initial?.target?.[0];
  const inner = nodesOf(root).filter((node) => node !== root);
  const finals = inner.filter(({ type, parent }) => type === 'final' && parent === root);
  return [
    'stateDiagram-v2',
    ...Object.values(root.states).flatMap((child) => draw(child, 1)),
    ...(first === undefined ? [] : [`  [*] --> ${idOf(first)}`]),
    ...fromAnywhere(root),
    ...inner.flatMap(arrows).map((line) => `  ${line}`),
    ...finals.map((node) => `  ${idOf(node)} --> [*]`),
  ].join('\n');
}
