import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { AuditArchive, archiveDir, LEAST_KEPT } from '../../../gateway/audit/audit-archive.ts';
import { readCuts, signCut } from '../../../gateway/audit/audit-cut.ts';
import { readCheckpoints } from '../../../gateway/audit/checkpoint.ts';
import { checkpointFile } from '../../../gateway/audit/checkpoints.ts';
import { keepAudit } from '../../../gateway/audit/keep-audit.ts';
import { openNodeKey } from '../../../gateway/audit/node-key.ts';
import { queryAudit } from '../../../gateway/audit/query-audit.ts';
import { verifyAudit } from '../../../gateway/audit/verify-audit.ts';
import { restoreBackup } from '../../../gateway/backup/restore-backup.ts';
import { type ChainRow, type FactRow, SimulatedClock, verifyJournal } from '../../../runtime/index.ts';
import { verified } from '../../support/audited-folder.ts';
import { type CountingNode, countingNode } from '../../support/backed-up-node.ts';
import { runCli } from '../../support/cli-run.ts';

const KEEP = { days: null, facts: LEAST_KEPT };

const archiveOf = ({ dir, clock, system, facts }: CountingNode): AuditArchive => new AuditArchive({ dataDir: dir, clock, system, projected: () => facts.position() });
const linesOf = (file: string): ReadonlyArray<FactRow | ChainRow> =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FactRow | ChainRow);

/** A node with more facts than must stay, all of them in a verified backup. */
async function busyNode(): Promise<CountingNode> {
  const node = await countingNode();
  await node.add(700);
  await node.facts.read();
  await node.backUp('one');
  return node;
}

describe('an archive of old facts', () => {
  let node: CountingNode;
  let last: number;
  beforeEach(async () => {
    node = await busyNode();
    last = node.system.chainHead.fact;
  });

  it('takes them out of the journal, holds them with their chain, and what is left verifies from a signed cut on', async () => {
    const done = await archiveOf(node).run(KEEP, 'ann');
    expect(done).toMatchObject({ facts: expect.any(Number), why: null });
    expect(done.facts).toBeGreaterThan(last - LEAST_KEPT - 3);
    expect(done.firstFact).toBe(done.facts + 1);
    expect((await node.system.journal.facts({ after: 0, limit: 1 }))[0]?.seq).toBe(done.firstFact);
    const lines = linesOf(done.file ?? '');
    const [facts, chain] = [lines.filter((row): row is FactRow => 'seq' in row), lines.filter((row): row is ChainRow => 'hash' in row)];
    const archived = { facts: async ({ after, limit }: { after: number; limit: number }) => facts.slice(after, after + limit), chain: async () => chain.slice(0, 9_999) };
    const before = (await node.system.journal.chainStart?.()) ?? { hash: '' };
    expect(await verifyJournal(archived, { pageSize: 10_000 })).toMatchObject({ ok: true, facts: done.facts, lastHash: before.hash });
    await node.stop();
    const report = await verified(node.dir);
    expect(report).toMatchObject({ ok: true, flaw: null, firstFact: done.firstFact, cut: { archive: expect.stringMatching(/^facts-0+1-\d+\.jsonl$/) } });
    expect((await runCli(['audit', 'verify', '--data', node.dir], { cwd: node.dir })).stdout).toContain(`it proves them from fact ${done.firstFact} on: a cut signed`);
  });

  it('is itself a fact, and the next one begins where it ended', async () => {
    const archive = archiveOf(node);
    const first = await archive.run(KEEP, 'ann');
    await node.add(300);
    await node.facts.read();
    await node.backUp('two');
    const second = await archive.run(KEEP, 'bob');
    expect(second.facts).toBeGreaterThan(400);
    const cuts = readCuts(readFileSync(checkpointFile(node.dir), 'utf8'));
    expect(cuts.map(({ cut }) => cut.firstFact)).toEqual([1, first.firstFact]);
    expect((await queryAudit(node.system.journal, node.system.chainHead.fact, { kind: 'audit.archived', since: 0, limit: 9 })).items).toMatchObject([
      { who: 'ann', body: { lastFact: first.facts } },
    ]);
    await node.stop();
    expect(await verified(node.dir)).toMatchObject({ ok: true, firstFact: second.firstFact });
  });

  it('holds nothing that no verified backup holds, and says so', async () => {
    rmSync(join(node.dir, 'backups'), { recursive: true });
    expect(await archiveOf(node).run(KEEP, 'ann')).toEqual({
      facts: 0,
      firstFact: 1,
      file: null,
      why: 'the newest verified backup holds facts up to 0: make one with `troupe backup`',
    });
  });

  it('holds nothing that the read model has not', async () => {
    const { dir, clock, system } = node;
    expect(await new AuditArchive({ dataDir: dir, clock, system, projected: () => 10 }).run(KEEP, 'ann')).toMatchObject({
      firstFact: expect.toSatisfy((n: number) => n <= 11),
      why: 'the read model is behind',
    });
  });

  it('by age leaves what is younger', async () => {
    await node.pass(86_400_000);
    expect(await archiveOf(node).run({ days: 2, facts: null }, 'ann')).toMatchObject({ facts: 0, why: 'there is nothing that old' });
    await node.pass(86_400_001);
    expect((await archiveOf(node).run({ days: 2, facts: null }, 'ann')).facts).toBeGreaterThan(0);
  });

  it('is not made of a log that was changed: nothing is dropped then', async () => {
    const db = new Database(join(node.dir, 'shared_inbox.db'));
    db.exec("UPDATE facts SET body = '{}' WHERE seq = 7");
    db.close();
    await expect(archiveOf(node).run(KEEP, 'ann')).rejects.toThrow(/nothing was dropped, since the audit log was changed: fact 7/);
    expect((await node.system.journal.facts({ after: 0, limit: 1 }))[0]?.seq).toBe(1);
  });

  it('is missed where its cut is taken away, altered, or signed by somebody else; an altered fact behind it is named', async () => {
    const { facts } = await archiveOf(node).run(KEEP, 'ann');
    await node.stop();
    const file = checkpointFile(node.dir);
    const signed = readFileSync(file, 'utf8');
    const [cut] = readCuts(signed);
    if (cut === undefined) expect.unreachable();
    const others = signed.split('\n').filter((line) => line !== JSON.stringify(cut));
    const missing = { ok: false, flaw: { firstFact: 1, lastFact: facts, why: expect.stringMatching(/no cut that this node has signed stands for them$/) } };
    writeFileSync(file, others.join('\n'));
    expect(await verified(node.dir)).toMatchObject(missing);
    appendFileSync(file, `${JSON.stringify({ ...cut, cut: { ...cut.cut, sha256: '0'.repeat(64) } })}\n`);
    expect(await verified(node.dir)).toMatchObject(missing);
    mkdirSync(join(node.dir, 'other'));
    writeFileSync(file, `${others.join('\n')}${JSON.stringify(signCut(cut.cut, openNodeKey(join(node.dir, 'other'))))}\n`);
    expect(await verified(node.dir)).toMatchObject(missing);
    writeFileSync(file, signed);
    const db = new Database(join(node.dir, 'shared_inbox.db'));
    db.prepare("UPDATE facts SET body = '{}' WHERE seq = ?").run(facts + 5);
    db.close();
    expect(await verified(node.dir)).toMatchObject({ ok: false, flaw: { firstFact: facts + 5, lastFact: facts + 5 } });
  });

  it('is verified while it is made, and what a crash left of its dropping goes with the next', async () => {
    const [report, done] = await Promise.all([verifyAudit(node.system.journal, node.dir), archiveOf(node).run(KEEP, 'ann')]);
    expect(report).toMatchObject({ ok: true, flaw: null });
    await node.stop();
    const db = new Database(join(node.dir, 'shared_inbox.db'));
    db.prepare('INSERT INTO facts VALUES (?,?,?,?,?)').run(done.facts, 1, 1, 'noted', '{}');
    db.close();
    expect(await verified(node.dir)).toMatchObject({ ok: true });
    const again = await countingNode(node.dir);
    await archiveOf(again).run(KEEP, 'ann');
    expect((await again.system.journal.facts({ after: 0, limit: 1 }))[0]?.seq).toBe(done.firstFact);
  });

  it('is read again by a read model that is built anew, and a gap is told where it was moved away', async () => {
    const done = await archiveOf(node).run(KEEP, 'ann');
    const counted = async ({ facts }: CountingNode): Promise<unknown> => (await facts.read()).query('SELECT count(*) AS times FROM activity WHERE kind = ?', 'counted');
    const before = await counted(node);
    await node.stop();
    for (const name of readdirSync(node.dir).filter((one) => one.startsWith('mcp_system.db'))) rmSync(join(node.dir, name));
    const again = await countingNode(node.dir);
    await again.add(1);
    expect((await again.facts.read()).current).toBe(true);
    expect(again.facts.position()).toBe(again.system.chainHead.fact);
    expect(await counted(again)).toEqual([{ times: Number((before as ReadonlyArray<{ times: number }>)[0]?.times) + 1 }]);
    expect((await again.facts.after(0, 3)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    renameSync(archiveDir(node.dir), join(node.dir, 'elsewhere'));
    expect((await again.facts.after(done.facts - 1, 1))[0]?.seq).toBe(done.firstFact);
  });

  it('does not hinder backups: one that is made behind it is restored, and verifies', async () => {
    const done = await archiveOf(node).run(KEEP, 'ann');
    await node.backUp('two');
    await node.stop();
    await restoreBackup({ dataDir: node.dir, backup: 'two', cwd: node.dir, force: true, by: 'ann', clock: new SimulatedClock() });
    expect(await verified(node.dir)).toMatchObject({ ok: true, flaw: null, firstFact: done.firstFact });
    expect(readCheckpoints(readFileSync(checkpointFile(node.dir), 'utf8')).length).toBeGreaterThan(0);
  });
});

describe('the keeping of the audit log', () => {
  it('archives a minute after the start and then every hour, as configured, until it is ended', () => {
    const clock = new SimulatedClock();
    const asked: unknown[] = [];
    const faults: unknown[] = [];
    const archive = {
      run: async (...words: unknown[]): Promise<never> => {
        asked.push(words);
        throw new Error('full');
      },
    };
    const end = keepAudit({ archive, keep: KEEP, clock, onFault: (error) => void faults.push(error) });
    clock.advance(60_000);
    clock.advance(3_600_000);
    expect(asked).toEqual([
      [KEEP, 'node'],
      [KEEP, 'node'],
    ]);
    end();
    clock.advance(7_200_000);
    expect(asked).toHaveLength(2);
  });

  it('without a configuration archives nothing', () => {
    const clock = new SimulatedClock();
    keepAudit({ archive: { run: () => expect.unreachable() }, keep: null, clock, onFault: () => expect.unreachable() });
    clock.advance(86_400_000);
  });
});
