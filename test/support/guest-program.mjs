// A guest as somebody else's program would be: the official SDK's client over HTTP. Joins, waits for work, and says in JSON lines what it got.
// `works` reports each task as done; `holds` keeps the first one until it is ended.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [url, token, name, manner] = process.argv.slice(2);
const LEASE_MS = 8_000;
const WAIT_MS = 50_000;

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const client = new Client({ name, version: '1' }, { capabilities: {}, versionNegotiation: { mode: { pin: '2026-07-28' } } });
await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));

async function call(tool, input, signs = () => undefined) {
  const { isError, structuredContent, content } = await client.callTool(
    { name: tool, arguments: input },
    { onprogress: signs, resetTimeoutOnProgress: true, timeout: WAIT_MS + 30_000 },
  );
  if (isError) throw new Error(content[0].text);
  return structuredContent;
}

const { agent, membership } = await call('agent_join', { name, capabilities: ['review'], leaseMs: LEASE_MS });
say({ joined: agent });
let after = 0;
let told = false;
for (;;) {
  const { task, news } = await call('inbox_wait', { agent, membership, after, timeoutMs: WAIT_MS }, () => {
    if (!told) say({ progress: true });
    told = true;
  });
  after = news;
  if (task === null) continue;
  say({ held: task });
  if (manner === 'works') say({ reported: await call('task_complete', { agent, membership, task: task.task, epoch: task.epoch, result: `done by ${name}` }) });
}
