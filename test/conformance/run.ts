// Everything that the official suite has for what we serve: both revisions of a server with the tasks extension, and the authorization server.
import { runAuthorizationSuite } from './authorization.ts';
import { conformanceNode } from './node.ts';
import { REVISIONS, runServerSuite, type Scenario } from './suite.ts';

export interface Conformance {
  readonly scenarios: readonly Scenario[];
  /** `server R/67 tasks T/9 as A/3` */
  readonly lastLine: string;
}

export const OF = { required: 67, tasks: 9, authorization: 3 };

/** `root`: the project, with the suite in its node_modules and what is built in its dist. */
export async function runConformance(root: string): Promise<Conformance> {
  const scenarios = [...(await runServer(root)), ...(await runAuthorizationSuite(root))];
  const passed = (kind: Scenario['kind']): number => scenarios.filter((scenario) => scenario.kind === kind && scenario.passed).length;
  return { scenarios, lastLine: `server ${passed('required')}/${OF.required} tasks ${passed('tasks')}/${OF.tasks} as ${passed('authorization')}/${OF.authorization}` };
}

async function runServer(root: string): Promise<readonly Scenario[]> {
  const node = await conformanceNode();
  try {
    const scenarios: Scenario[] = [];
    for (const revision of REVISIONS) scenarios.push(...(await runServerSuite(root, node.url, revision)));
    return scenarios;
  } finally {
    await node.close();
  }
}
