import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../gateway/audit/audit-record.ts';
import { lastFactOf, queryAudit } from '../../../gateway/audit/query-audit.ts';
import { verifyAudit } from '../../../gateway/audit/verify-audit.ts';
import { CHAIN_START } from '../../../runtime/index.ts';
import { readOnlyJournal } from '../../../runtime/persistence/index.ts';
import { auditedFolder } from '../../support/audited-folder.ts';
import { countingNode } from '../../support/backed-up-node.ts';
import { runCli } from '../../support/cli-run.ts';
import { task } from '../../support/fleet-node.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

interface Page {
  readonly items: readonly AuditRecord[];
  readonly nextCursor: string | null;
}

/** A plan of which one step waited for a decision and got it. */
async function decidedNode() {
  const node = await runningNode();
  await node.submit('p', [task('t', { steps: [{ kind: 'bash', payload: { command: 'risk HIGH token=secret-word' }, idempotent: false }] })]);
  await settle();
  await node.run('approval.decide', { request: 'p.t.0.1', decision: 'deny', reason: 'not on a Friday' });
  await settle();
  node.system.record('access.refused', { door: 'api', code: 'NotPermitted', why: 'no token', password: 'secret-word' });
  await settle();
  return node;
}

describe('the audit log', () => {
  it('shows a request with its verdict, the decision on it and a refusal: who, when, why, under which epoch (G13)', async () => {
    const node = await decidedNode();
    const { items } = await node.run<Page>('audit.query', { limit: 500, since: 0 });
    const of = (kind: string) => items.find((record) => record.kind === kind);
    expect(of('request.recorded')).toMatchObject({ what: 'p.t.0.1', why: 'HIGH: says HIGH', epoch: expect.any(Number), at: expect.any(Number) });
    expect(of('approval.decided')).toMatchObject({ who: 'ann', why: 'not on a Friday', epoch: expect.any(Number) });
    expect(of('access.refused')).toMatchObject({ why: 'no token', epoch: null, body: { password: '***' } });
    expect(items.filter(({ kind, who }) => kind === 'message' && who === 'requests/p.t.0.1').length).toBeGreaterThan(1);
  });

  it('has each record behind the hash of the batch before it, from the first on', async () => {
    const node = await decidedNode();
    const { items } = await node.run<Page>('audit.query', { limit: 500, since: 0 });
    const chain = await node.system.journal.chain({ after: 0, limit: 1_000 });
    const before = new Map(chain.map(({ batch }, index) => [batch, chain[index - 1]?.hash ?? CHAIN_START]));
    expect(items.length).toBeGreaterThan(20);
    for (const { batch, previousHash } of items) expect(previousHash).toBe(before.get(batch));
  });

  it('comes in pages that together are the whole, whatever their size, and never more than asked for', async () => {
    const node = await decidedNode();
    const whole = (await node.run<Page>('audit.query', { limit: 500, since: 0 })).items;
    for (const limit of [1, 3, 7]) {
      const items: AuditRecord[] = [];
      for (let cursor: string | null = '0'; cursor !== null; ) {
        const page: Page = await node.run<Page>('audit.query', { limit, cursor });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        items.push(...page.items);
        cursor = page.nextCursor;
      }
      expect(items).toEqual(whole);
    }
  });

  it('is filtered by kind, by whom or what it is about, and by time', async () => {
    const node = await decidedNode();
    const kinds = async (input: object) => new Set((await node.run<Page>('audit.query', { limit: 500, since: 0, ...input })).items.map(({ kind }) => kind));
    expect(await kinds({ kind: 'access' })).toEqual(new Set(['access.refused']));
    expect(await kinds({ kind: 'acc' })).toEqual(new Set());
    expect(await kinds({ about: 'p.t.0.1', kind: 'request' })).toEqual(new Set(['request.recorded', 'request.changed']));
    node.services.clock.advance(60_000);
    node.system.record('access.refused', { why: 'later' });
    await settle();
    const late = await node.run<Page>('audit.query', { since: node.services.clock.now() });
    expect(late.items.map(({ why }) => why)).toContain('later');
    expect(late.items.every(({ at }) => at >= node.services.clock.now())).toBe(true);
  });

  it('without a beginning shows the last records of it, filtered too, in pages too', async () => {
    const node = await decidedNode();
    const whole = (await node.run<Page>('audit.query', { limit: 500, since: 0 })).items;
    expect(await node.run<Page>('audit.query', { limit: 5 })).toEqual({ items: whole.slice(-5), nextCursor: null });
    const messages = whole.filter(({ kind }) => kind === 'message');
    expect(await node.run<Page>('audit.query', { limit: 1, kind: 'message' })).toEqual({ items: messages.slice(-1), nextCursor: null });
    expect((await node.run<Page>('audit.query', { limit: 2, kind: 'request.recorded' })).items).toEqual(whole.filter(({ kind }) => kind === 'request.recorded'));
    const { items, nextCursor } = await node.run<Page>('audit.query', { limit: 3, last: 5 });
    expect([...items, ...(await node.run<Page>('audit.query', { limit: 3, cursor: nextCursor })).items]).toEqual(whole.slice(-5));
  });
});

describe('a journal that was cut off behind its last checkpoint', () => {
  it('is found by the read model, which knows more (G13)', async () => {
    const node = await countingNode();
    await node.add(20);
    node.clock.advance(60_000);
    const { fact } = node.system.chainHead;
    await node.add(10);
    await node.facts.read();
    const known = node.facts.position();
    await node.stop();
    const checkpoints = join(node.dir, 'checkpoints.jsonl');
    writeFileSync(checkpoints, `${readFileSync(checkpoints, 'utf8').split('\n')[0]}\n`);
    const db = new Database(join(node.dir, 'shared_inbox.db'));
    db.prepare('DELETE FROM chain WHERE last_fact > ?').run(fact + 3);
    db.exec('DELETE FROM facts WHERE seq > (SELECT max(last_fact) FROM chain)');
    const left = db.prepare('SELECT max(seq) FROM facts').pluck().get() as number;
    db.close();
    const journal = readOnlyJournal(node.dir);
    expect(await verifyAudit(journal, node.dir)).toMatchObject({
      ok: false,
      facts: left,
      flaw: { firstFact: left + 1, lastFact: known, why: `fact ${left + 1} is missing, and all behind it: the journal was cut off, the read model knows fact ${known}` },
    });
    journal.close();
  });
});

describe('troupe audit', () => {
  it('reads the journal itself where no node runs, and exports it as JSON Lines', async () => {
    const dir = await auditedFolder();
    const journal = readOnlyJournal(dir);
    const last = await lastFactOf(journal);
    expect((await queryAudit(journal, last, { since: 0, limit: 1_000 })).items.at(-1)?.fact).toBe(last);
    journal.close();
    const { code, stdout } = await runCli(['audit', '--since', '2000-01-01', '--kind', 'noted', '--json', '--data', dir], { cwd: dir });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditRecord);
    expect([code, lines.length, lines[0]?.body]).toEqual([0, 40, { address: 'a', word: 'note-0' }]);
    expect((await runCli(['audit', '--limit', '3', '--data', dir], { cwd: dir })).stdout).toMatch(/^20\d\d-.*Z \d+ message a NOTE\n/);
    const all = (await runCli(['audit', '--since', '2000-01-01', '--data', dir], { cwd: dir })).stdout.trim().split('\n');
    expect((await runCli(['audit', '--limit', '3', '--data', dir], { cwd: dir })).stdout.trim().split('\n')).toEqual(all.slice(-3));
    expect(await runCli(['audit', '--kind', 'nothing', '--data', dir], { cwd: dir })).toMatchObject({ code: 0, stdout: '', stderr: 'no records\n' });
  });

  it.each([
    ['--since', 'yesterday'],
    ['--limit', 'none'],
  ])('%s %s exits 2 and says what is meant', async (flag, value) => {
    const dir = await auditedFolder();
    expect(await runCli(['audit', flag, value, '--data', dir], { cwd: dir })).toMatchObject({ code: 2, stderr: expect.stringContaining(`${flag}: '${value}'`) });
  });
});
