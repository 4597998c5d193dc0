// What a node offers over MCP.
import { codedError } from '../../runtime/index.ts';
import { productVersion } from '../version.ts';
import { completeFromNode } from './node-completion.ts';
import { nodeNews } from './node-news.ts';
import { nodePrompts } from './node-prompts.ts';
import { nodeResources } from './node-resources.ts';
import { nodeTasks } from './node-tasks.ts';
import type { McpOffer } from './offer.ts';
import { type OperationToolsOptions, operationTools } from './operation-tools.ts';
import { requestStates } from './request-states.ts';
import { type McpServing, type McpServingOptions, mcpServing } from './serving.ts';

const INSTRUCTIONS = [
  'Troupe runs a fleet of agents. Every side effect is a request that its gate assesses; what is not LOW waits for a decision.',
  'Start work with plan_run, follow it with plan_await, look with plan_status, task_status, agent_list and actor_inspect.',
  'What waits for a person is in approval_list. An answer with isError says what was wrong and how to mend it; its code is in _meta.',
].join(' ');

/** Loaded by the first who speaks MCP. */
export function nodeServing(options: Omit<OperationToolsOptions, 'states'> & Pick<McpServingOptions, 'stopping' | 'noteCutOff'>): McpServing {
  return mcpServing({ ...options, offer: nodeOffer(options) });
}

function nodeOffer(options: Omit<OperationToolsOptions, 'states'>): McpOffer {
  const { nodeNow } = options;
  const states = requestStates();
  return {
    name: 'troupe',
    title: 'Troupe',
    version: productVersion(),
    instructions: INSTRUCTIONS,
    states,
    notReady: () => (nodeNow() === undefined ? codedError('NodeStarting') : undefined),
    tools: operationTools({ ...options, states }),
    tasks: nodeTasks(nodeNow),
    resources: nodeResources(nodeNow),
    prompts: nodePrompts(nodeNow),
    complete: (completion, asking) => completeFromNode(nodeNow, completion, asking),
    listen: nodeNews(nodeNow),
  };
}
