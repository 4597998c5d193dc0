// Stands where the model API stands, on loopback: streams what a script says, one line of it for each answer that the client's tools have given.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What the model says in one turn. */
export type Turn = { readonly text: string } | { readonly tool: string; readonly input: object };

interface ContentBlock {
  readonly type: string;
  readonly content?: unknown;
  readonly text?: string;
}
interface ModelRequest {
  readonly model: string;
  readonly tools?: ReadonlyArray<{ readonly name: string }>;
  readonly messages: ReadonlyArray<{ readonly role: string; readonly content: string | readonly ContentBlock[] }>;
}

/** What the client's tools have answered in the conversation so far, and what its hooks and its person have said. */
export interface Heard {
  readonly results: readonly string[];
  readonly words: string;
}

export interface ModelStandIn {
  readonly url: string;
  /** Names of the tools that were offered with each turn. */
  readonly offered: ReadonlyArray<readonly string[]>;
}

const blocksOf = ({ messages }: ModelRequest): readonly ContentBlock[] =>
  messages.flatMap(({ content }) => (typeof content === 'string' ? [{ type: 'text', text: content }] : content));

function heardIn(request: ModelRequest): Heard {
  const blocks = blocksOf(request);
  const results = blocks.filter(({ type }) => type === 'tool_result').map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)));
  return { results, words: blocks.map(({ text = '' }) => text).join('\n') };
}

function* eventsOf(turn: Turn, model: string, id: number): Generator<readonly [string, object]> {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const block = 'tool' in turn ? { type: 'tool_use', id: `toolu_${id}`, name: turn.tool, input: {} } : { type: 'text', text: '' };
  const delta = 'tool' in turn ? { type: 'input_json_delta', partial_json: JSON.stringify(turn.input) } : { type: 'text_delta', text: turn.text };
  yield ['message_start', { message: { id: `msg_${id}`, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage } }];
  yield ['content_block_start', { index: 0, content_block: block }];
  yield ['content_block_delta', { index: 0, delta }];
  yield ['content_block_stop', { index: 0 }];
  yield ['message_delta', { delta: { stop_reason: 'tool' in turn ? 'tool_use' : 'end_turn', stop_sequence: null }, usage }];
  yield ['message_stop', {}];
}

/** `script` is asked for the next turn; requests without tools are the client's own housekeeping. */
export async function modelStandIn(script: (heard: Heard) => Turn): Promise<ModelStandIn> {
  const offered: string[][] = [];
  let turns = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.method !== 'POST' || !/^\/v1\/messages(\?|$)/.test(request.url ?? '')) return response.writeHead(404).end('{}');
    const asked = JSON.parse(body) as ModelRequest;
    const tools = (asked.tools ?? []).map(({ name }) => name);
    if (tools.length > 0) offered.push(tools);
    turns += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [type, members] of eventsOf(tools.length === 0 ? { text: 'ok' } : script(heardIn(asked)), asked.model, turns))
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`);
    return response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, offered };
}
