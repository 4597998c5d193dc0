// Everything that the official suite has for what we serve: both revisions of a server with the tasks extension, and the authorization server.
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
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
  const scenarios = [...(await runServer(root)), ...(await runAuthorization(root))];
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

interface AuthorizationSuite {
  runAuthorizationSuite(root: string): Promise<readonly Scenario[]>;
}

/** Beside this file, where there are such checks: `authorization`, whose scenarios are of the kind `authorization`. */
async function runAuthorization(root: string): Promise<readonly Scenario[]> {
  const beside = new URL(`./authorization${extname(import.meta.url)}`, import.meta.url);
  return existsSync(beside) ? ((await import(beside.href)) as AuthorizationSuite).runAuthorizationSuite(root) : [];
}
