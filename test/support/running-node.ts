// A node of a test as the front doors see it: the fleet of fleet-node with a read model in a private file. No process, no port, no real time.
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createHostDirectory, type HostDirectory } from '../../actors/session/index.ts';
import { AuditArchive } from '../../gateway/audit/audit-archive.ts';
import { dispatch } from '../../gateway/http/dispatch.ts';
import type { Identity } from '../../gateway/identity/identity.ts';
import { type FactFeed, openFactFeed } from '../../gateway/node/fact-feed.ts';
import { hostCalls } from '../../gateway/node/host-calls.ts';
import type { Phase, RunningNode } from '../../gateway/node/running-node.ts';
import type { TargetReport } from '../../gateway/node/targets.ts';
import { ToolUses } from '../../gateway/node/tool-uses.ts';
import { type Caller, OPERATIONS, PERMISSIONS } from '../../gateway/operations/index.ts';
import { doorsOf } from '../../gateway/ports.ts';
import type { MailboxLimits } from '../../runtime/index.ts';
import type { BreakerReport } from '../../supervisors/index.ts';
import { type Answers, type FleetNode, fleetNode } from './fleet-node.ts';
import { privateFolder } from './private-folder.ts';
import { recordingLog } from './test-door.ts';
import { testIdentity } from './test-identity.ts';

export const ADMIN: Caller = { name: 'ann', permissions: PERMISSIONS };

export interface TestNode extends FleetNode {
  readonly node: RunningNode;
  readonly folder: string;
  readonly facts: FactFeed;
  readonly hosts: HostDirectory;
  phase: Phase;
  /** Begins to stop, as its doors see it. */
  stop(): void;
  readonly breakers: BreakerReport[];
  /** What every place says of the processes that run there. */
  target: TargetReport;
  /** Default false. */
  unhidden: boolean;
  /** What the read model could not follow. A test that plans none is told of one by what it does not find. */
  readonly faults: unknown[];
  /** Runs one operation of the table. */
  run<T = Readonly<Record<string, unknown>>>(operation: string, input?: unknown, as?: Asking): Promise<T>;
  /** As a door does. */
  dispatch(operation: string, input: unknown, as: { readonly caller: Caller }): Promise<unknown>;
}

interface Asking {
  readonly caller?: Caller;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export interface TestNodeOptions {
  readonly answers?: Answers;
  readonly mailboxes?: Partial<MailboxLimits>;
  /** Default 0: nothing listens there unless the test opens it. */
  readonly offset?: number;
  /** Default one on the node's clock. */
  readonly identity?: Identity;
  /** Whose journal it goes on from. */
  readonly from?: Parameters<typeof fleetNode>[1];
}

export async function runningNode({ answers, mailboxes, offset = 0, identity: givenIdentity, from }: TestNodeOptions = {}): Promise<TestNode> {
  const fleet = await fleetNode(answers, from, mailboxes);
  const { system, services } = fleet;
  const { clock } = services;
  const folder = privateFolder();
  const facts = openFactFeed({
    file: join(folder, 'mcp_system.db'),
    system,
    head: { era: 'test', counters: { mail: 0, fact: 0, effect: 0, child: 0, deadLetter: 0, incarnation: 0 } },
    onFault: (error) => void test.faults.push(error),
  });
  const hosts = createHostDirectory({
    ...hostCalls(() => system, recordingLog()),
    clock,
    heartbeatMs: 2_000,
    missedHeartbeats: 5,
    onSubmit: async () => ({ status: 'succeeded' }),
    onMessage: async () => undefined,
  });
  const identity = givenIdentity ?? testIdentity(clock, { folder, offset });
  onTestFinished(async () => {
    hosts.close();
    facts.close();
    await system.stop();
  });
  const stopping = new AbortController();
  const test: TestNode = {
    stop() {
      test.phase = 'stopping';
      stopping.abort();
    },
    ...fleet,
    folder,
    facts,
    hosts,
    phase: 'ready',
    breakers: [],
    target: { runs: [], log: null },
    unhidden: false,
    faults: [],
    node: {
      version: '1.2.3',
      instance: 'cafe0123',
      startedAt: clock.now(),
      dataDir: folder,
      host: '127.0.0.1',
      site: { host: '127.0.0.1', secure: false },
      certificate: null,
      doors: doorsOf(offset, []),
      clock,
      system,
      facts,
      auditArchive: new AuditArchive({ dataDir: folder, clock, system, projected: () => facts.position() }),
      auditKeep: null,
      hosts,
      toolUses: new ToolUses(),
      identity,
      sharedAnswers: null,
      voterKeys: services.voterKeys,
      get unhidden() {
        return test.unhidden;
      },
      assess: (action, workspace, asker) => services.gate.assess(action, services.surroundings('', workspace), asker),
      targetReport: () => test.target,
      breakers: () => test.breakers,
      phase: () => test.phase,
      stopping: stopping.signal,
    },
    dispatch: (name, input, { caller }) => dispatch(() => test.node, { name, input, caller, signal: new AbortController().signal }),
    run: async <T>(operation: string, input: unknown = {}, { caller = ADMIN, idempotencyKey, signal = new AbortController().signal }: Asking = {}) =>
      (await OPERATIONS.get(operation)?.run({ node: test.node, caller, signal, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) }, input)) as T,
  };
  return test;
}
