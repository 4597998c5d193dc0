// What people see of alerts: the list through the operation that all doors use, and the doctor, with a node running or without.
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFactFeed } from '../../../gateway/node/fact-feed.ts';
import type { RunningNode } from '../../../gateway/node/running-node.ts';
import { OPERATIONS } from '../../../gateway/operations/index.ts';
import { sqliteJournal } from '../../../runtime/index.ts';
import { worker } from '../../../supervisors/index.ts';
import { runCli } from '../../support/cli-run.ts';
import { type KernelNode, startNode } from '../../support/kernel-node.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { ADMIN } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { recorder } from '../../support/small-actors.ts';

interface Alert {
  readonly id: string;
  readonly text: string;
  readonly clearedAt: number | null;
}

const spec = (version: number) => worker('a', recorder, { durable: true, version });

async function started(folder: string, version: number) {
  const node = await startNode([spec(version)], { journal: sqliteJournal({ dir: folder, synchronous: 'OFF' }) });
  const head = { era: 'test', counters: { mail: 0, fact: 0, effect: 0, child: 0, deadLetter: 0, incarnation: 0 } };
  const facts = openFactFeed({ file: join(folder, 'mcp_system.db'), system: node.system, head, onFault: () => undefined });
  onTestFinished(() => facts.close());
  return { ...listing(node, facts), node };
}

function listing({ system }: KernelNode, facts: RunningNode['facts']) {
  const context = { node: { system, facts } as RunningNode, caller: ADMIN, signal: new AbortController().signal };
  const list = OPERATIONS.get('alert.list');
  return {
    alerts: async (input: object = {}) => {
      const answer = (await list?.run(context, input)) as { items: readonly Alert[] } | undefined;
      return answer?.items;
    },
  };
}

describe('alert.list', () => {
  it('shows a quarantined actor with the fix, until it runs again', async () => {
    const folder = privateFolder();
    const first = await started(folder, 1);
    await first.node.tell('a', { type: 'ONE' });
    await first.node.system.stop();
    const held = await started(folder, 2);
    await settle();
    expect(await held.alerts()).toMatchObject([{ id: 'quarantine:a', severity: 'critical', address: 'a', text: expect.stringContaining('start the node with'), clearedAt: null }]);
    await held.node.system.stop();
    const mended = await started(folder, 1);
    await settle();
    expect(await mended.alerts()).toEqual([]);
    expect(await mended.alerts({ all: true })).toMatchObject([{ id: 'quarantine:a', clearedAt: expect.any(Number) }]);
  });

  it('shows that the journal takes no writes, which the journal cannot be told, and keeps what was (K11)', async () => {
    const { node, alerts } = await started(privateFolder(), 1);
    const recover = node.journal.goDown();
    const told = node.tell('a', { type: 'ONE' }).catch(() => undefined);
    await settle();
    expect(node.system.alerts()).toEqual([]);
    await node.pass(5_000);
    expect(node.system.alerts()).toMatchObject([{ id: 'journal', severity: 'critical', address: null }]);
    recover();
    await told;
    await node.pass(4_000);
    expect(node.system.notReady).toBeUndefined();
    expect(await alerts()).toEqual([]);
    expect(await alerts({ all: true })).toMatchObject([{ id: 'journal', clearedAt: expect.any(Number) }]);
  });
});

describe('doctor', () => {
  it('names quarantined actors of a node that does not run', async () => {
    const folder = privateFolder();
    const first = await started(folder, 1);
    await first.node.tell('a', { type: 'ONE' });
    await first.node.system.stop();
    const held = await started(folder, 2);
    await settle();
    await held.node.system.stop();
    const { stdout } = await runCli(['doctor', '--json', '--data', folder], { cwd: folder, env: process.env });
    const { checks } = JSON.parse(stdout) as { checks: ReadonlyArray<{ name: string; status: string; detail: string }> };
    expect(checks.find(({ name }) => name === 'alerts')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining("quarantine:a: 'a' is quarantined: written by version '1', this is '2'"),
    });
  });
});
