// npm run docs:errors: writes docs/errors.md from the table in runtime/errors.ts. A test holds the two against each other.
import { writeFileSync } from 'node:fs';
import { loadSource } from './load-source.mjs';

const THEMES = [
  [10, 'Input', 'What was given is wrong. Nothing was changed; correct it and try again.'],
  [11, 'Delivery', 'A message or a call did not get through. Those that say so may still be acted on: repeat them under the same id.'],
  [12, 'Journal and data directory', 'The durable record cannot be read or written. The node is not ready until it can.'],
  [13, 'Effects', 'Something that was started outside of the journal was cut off or took too long.'],
  [14, 'Work and its gate', 'A plan, a task or a step ended in another way than by succeeding.'],
  [15, 'Sessions and hosts', "An agent's terminal or the process in it is not there."],
  [16, 'Node and access', 'The node as a whole, and who may do what on it.'],
];

const { ERRORS } = await loadSource('runtime/errors.ts');

function row([code, { message, http, rpc }]) {
  return `| ${code} | ${message.replaceAll('|', '\\|')} | ${http} | ${rpc} |`;
}

function section([hundred, title, means]) {
  const rows = Object.entries(ERRORS).filter(([, { rpc }]) => Math.floor(rpc / 100) === hundred);
  rows.sort(([, a], [, b]) => a.rpc - b.rpc);
  return rows.length === 0 ? [] : ['', `## ${title}`, means, '', '| code | message | HTTP | JSON-RPC |', '|---|---|---|---|', ...rows.map(row)];
}

const lines = [
  '# Errors',
  '',
  'Every error of Troupe has one code: `code` in the JSON of HTTP answers (RFC 9457) and of `--json`, `data.code` beside the number in JSON-RPC.',
  'Words in braces are filled in. Written by `npm run docs:errors` from `runtime/errors.ts`.',
  ...THEMES.flatMap(section),
  '',
];
writeFileSync('docs/errors.md', lines.join('\n'));
