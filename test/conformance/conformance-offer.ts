// What the official suite wants of a server, behind the product's own seam: only what is offered is of the test, how it is served is not.
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { NodeNow } from '../../gateway/http/dispatch.ts';
import type { McpNews, McpOffer } from '../../gateway/mcp/offer.ts';
import { requestStates } from '../../gateway/mcp/request-states.ts';
import { CONTENT_TOOLS } from './fixtures/content-tools.ts';
import { card, type FixtureTool, text } from './fixtures/fixture.ts';
import { PROMPT_OFFER } from './fixtures/prompts.ts';
import { RESOURCES } from './fixtures/resources.ts';
import { roundTools } from './fixtures/round-tools.ts';
import { TALKING_TOOLS } from './fixtures/talking-tools.ts';
import { taskFixtures } from './fixtures/task-tools.ts';

/** Long tools run on the node, in the folder `workspace`. */
export function conformanceOffer(nodeNow: NodeNow, workspace: string): McpOffer {
  const { tools: taskTools, tasks } = taskFixtures(nodeNow, workspace);
  const states = requestStates();
  const listeners = new Set<(news: McpNews) => void>();
  const changes = (name: string, kind: 'tools' | 'prompts'): FixtureTool => ({
    card: card(name, `tells that the list of ${kind} has changed`),
    run() {
      for (const listener of listeners) listener({ kind });
      return text('told');
    },
  });
  const triggers = [changes('test_trigger_tool_change', 'tools'), changes('test_trigger_prompt_change', 'prompts')];
  const tools = [...CONTENT_TOOLS, ...TALKING_TOOLS, ...roundTools(states), ...triggers, ...taskTools];
  const named = new Map(tools.map((tool) => [tool.card.name, tool]));
  return {
    name: 'troupe-conformance',
    title: 'Conformance profile',
    version: '1',
    instructions: 'What the official suite wants of a server.',
    states,
    notReady: () => undefined,
    tools: {
      cards: tools.map((tool) => tool.card),
      isQuick: (name) => named.get(name)?.quick === true,
      async call(name, input, asking) {
        const tool = named.get(name);
        if (tool === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `there is no tool '${name}'`);
        return tool.run(input, asking);
      },
    },
    tasks,
    resources: RESOURCES,
    prompts: PROMPT_OFFER,
    complete: async ({ argument: { value } }) => ({ values: [`${value}-one`, `${value}-two`], total: 2, hasMore: false }),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
