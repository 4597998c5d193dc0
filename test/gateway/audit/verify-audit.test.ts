// Planted changes on copies of a journal: each is found, and its first record is named (G13).
import { appendFileSync, closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { readCheckpoints, signCheckpoint } from '../../../gateway/audit/checkpoint.ts';
import { checkpointFile } from '../../../gateway/audit/checkpoints.ts';
import { openNodeKey } from '../../../gateway/audit/node-key.ts';
import type { AuditReport } from '../../../gateway/audit/verify-audit.ts';
import { CHAIN_START, type ChainRow, chainFacts, type FactRow } from '../../../runtime/index.ts';
import { readOnlyJournal } from '../../../runtime/persistence/index.ts';
import { auditedFolder, auditedNode, tampered, verified } from '../../support/audited-folder.ts';
import { runCli } from '../../support/cli-run.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { runningNode } from '../../support/running-node.ts';

const countOf = (dir: string): number => readCheckpoints(readFileSync(checkpointFile(dir), 'utf8')).at(-1)?.fact ?? 0;

/** A fact altered, and the chain made anew over what the facts say now: what somebody does who knows how it is made. */
function rewrite(db: Database.Database, seq: number): void {
  db.prepare("UPDATE facts SET body = '{}' WHERE seq = ?").run(seq);
  let hash = CHAIN_START;
  for (const { batch } of db.prepare('SELECT batch FROM chain ORDER BY batch').all() as Array<{ batch: number }>) {
    const facts = db.prepare('SELECT seq, batch, at, kind, body FROM facts WHERE batch = ? ORDER BY seq').all(batch) as FactRow[];
    const row: ChainRow = chainFacts(hash, batch, facts);
    db.prepare('UPDATE chain SET hash = ?, fact_hashes = ? WHERE batch = ?').run(row.hash, row.factHashes, batch);
    hash = row.hash;
  }
}

/** The first byte of a word in the body of a fact, wherever the file has it: also in pages that SQLite no longer uses. */
function flipByte(file: string, word: string): void {
  const bytes = readFileSync(file);
  const handle = openSync(file, 'r+');
  for (let at = bytes.indexOf(`"${word}"`); at >= 0; at = bytes.indexOf(`"${word}"`, at + 1)) writeSync(handle, Buffer.from('N'), 0, 1, at + 1);
  closeSync(handle);
}

describe('an audit log', () => {
  it('as it was written is whole, up to its last fact, which a checkpoint covers', async () => {
    const whole = await auditedFolder();
    const count = countOf(whole);
    expect(count).toBeGreaterThan(80);
    expect(await verified(whole)).toEqual({
      ok: true,
      facts: count,
      firstFact: 1,
      cut: null,
      checkpoints: 2,
      lastCheckpoint: { fact: count, at: expect.any(Number) },
      unsigned: 0,
      byBatchUpTo: null,
      flaw: null,
    });
  });

  it.each<[string, (db: Database.Database, copy: string) => void, object]>([
    ['an altered body', (db) => db.exec(`UPDATE facts SET body = '{}' WHERE seq = 41`), { firstFact: 41, lastFact: 41, why: /^fact 41, batch \d+: fact 41 was altered$/ }],
    ['an altered time', (db) => db.exec('UPDATE facts SET at = at + 1 WHERE seq = 41'), { firstFact: 41, lastFact: 41, why: /altered$/ }],
    ['a fact removed', (db) => db.exec('DELETE FROM facts WHERE seq = 41'), { firstFact: 41, lastFact: 41, why: /fact 41 is missing$/ }],
    ['two facts swapped', (db) => swap(db, 40, 43), { firstFact: 40, lastFact: 40, why: /fact 40 was altered$/ }],
    ['a fact put in at the end', (db) => putIn(db), { why: /is in no batch/ }],
    ['a fact put in between others', (db) => putBetween(db), { firstFact: 42, lastFact: 42, why: /the one in its place .* was put in or moved$/ }],
    ['the tail removed', (db) => cutOff(db, 61), { firstFact: 62, why: /fact 62 is missing, and all behind it: the journal was cut off/ }],
    ['everything removed', (db) => cutOff(db, 0), { firstFact: 1, why: /cut off/ }],
    ['an altered body and the chain made anew', (db) => rewrite(db, 5), { firstFact: 1, why: /written anew/ }],
    ['an altered body behind the first checkpoint and the chain made anew', (db) => rewrite(db, 61), { firstFact: 42, why: /^facts 42 to \d+: some or all were written anew/ }],
  ])('shows %s', async (_what, change, { why, ...flaw }: { why?: RegExp }) => {
    const whole = await auditedFolder();
    const report = await verified(tampered(whole, change));
    expect(report).toMatchObject({ ok: false, flaw: { ...flaw, why: expect.stringMatching(why ?? /./) } });
    expect(report.facts).toBe((report.flaw?.firstFact ?? 0) - 1);
  });

  it('shows one byte flipped in the file', async () => {
    const whole = await auditedFolder();
    const copy = tampered(whole, () => undefined);
    flipByte(join(copy, 'shared_inbox.db'), 'note-17');
    const report = await verified(copy);
    expect(report).toMatchObject({ ok: false, flaw: { why: expect.stringMatching(/^fact \d+, batch \d+: fact \d+ was altered$/) } });
    expect(report.flaw?.firstFact).toBe(report.flaw?.lastFact);
  });

  it('shows a checkpoint that somebody else has signed, and one that was altered', async () => {
    const whole = await auditedFolder();
    const forged = tampered(whole, (_db, copy) => {
      const [one] = readCheckpoints(readFileSync(checkpointFile(copy), 'utf8'));
      if (one !== undefined) appendFileSync(checkpointFile(copy), `${JSON.stringify(signCheckpoint({ ...one, fact: 44 }, openNodeKey(privateFolder())))}\n`);
    });
    expect(await verified(forged)).toMatchObject({ ok: false, flaw: { firstFact: 44, why: expect.stringMatching(/not signed by this node's key/) } });
    const altered = tampered(whole, (_db, copy) => writeFileSync(checkpointFile(copy), readFileSync(checkpointFile(copy), 'utf8').replace('"era":"test"', '"era":"best"')));
    expect(await verified(altered)).toMatchObject({ ok: false, flaw: { why: expect.stringMatching(/not signed/) } });
    const keyless = tampered(whole, (_db, copy) => rmSync(join(copy, 'keys'), { recursive: true }));
    expect(await verified(keyless)).toMatchObject({ ok: false, flaw: { why: expect.stringMatching(/is gone from keys/) } });
  });

  it('that was cut off is still found after a node has gone on behind the cut', async () => {
    const whole = await auditedFolder();
    const copy = tampered(whole, (db) => cutOff(db, 61));
    const node = await auditedNode(copy);
    await node.note(30);
    await node.system.stop();
    node.endCheckpoints();
    expect(await verified(copy)).toMatchObject({ ok: false });
  });

  it('without checkpoints says that a cut would not be noticed', async () => {
    const whole = await auditedFolder();
    const copy = tampered(whole, (db, dir) => {
      rmSync(checkpointFile(dir));
      cutOff(db, 61);
    });
    expect(await verified(copy)).toMatchObject({ ok: true, facts: 61, lastCheckpoint: null, unsigned: 61 });
  });
});

describe('troupe audit verify', () => {
  it('reads the journal itself where no node runs, and exits 0', async () => {
    const whole = await auditedFolder();
    const { code, stdout } = await runCli(['audit', 'verify', '--data', whole], { cwd: whole });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^the audit log is whole: \d+ facts\n2 signed checkpoints, the last at fact \d+/)]);
    expect(JSON.parse((await runCli(['audit', 'verify', '--data', whole, '--json'], { cwd: whole })).stdout)).toMatchObject({ ok: true, checkpoints: 2 });
  });

  it('exits 1 when something is wrong, and names the first record', async () => {
    const whole = await auditedFolder();
    const copy = tampered(whole, (db) => db.exec('DELETE FROM facts WHERE seq = 41'));
    const { code, stdout } = await runCli(['audit', 'verify', '--data', copy], { cwd: copy });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^the audit log was changed: fact 41, batch \d+: fact 41 is missing\n40 facts were found right/)]);
  });

  it('where neither a node nor a journal is asks for a node, and another word than verify is refused', async () => {
    const whole = await auditedFolder();
    const empty = privateFolder();
    expect(await runCli(['audit', 'verify', '--data', empty], { cwd: empty })).toMatchObject({ code: 3, stderr: expect.stringContaining('no node answers') });
    expect(() => readOnlyJournal(empty)).toThrow('does not exist: no node has run there');
    expect(await runCli(['audit', 'verfy', '--data', whole], { cwd: whole })).toMatchObject({ code: 2, stderr: expect.stringContaining("only 'verify' and 'archive' are known") });
  });

  it('a running node verifies what there is while it goes on writing', async () => {
    const node = await runningNode();
    const verifying = node.run<AuditReport>('audit.verify');
    for (let n = 0; n < 50; n += 1) node.system.ref('agents/master').tell({ type: 'NOBODY_TAKES_THIS' });
    await node.system.ref('agents/testing').tell({ type: 'PAUSE', by: 'ann' });
    expect(await verifying).toMatchObject({ ok: true, flaw: null });
    expect(await node.run<AuditReport>('audit.verify')).toMatchObject({ ok: true, facts: node.system.position });
  });
});

function swap(db: Database.Database, one: number, other: number): void {
  const bodies = db.prepare('SELECT seq, kind, body FROM facts WHERE seq IN (?, ?) ORDER BY seq').all(one, other) as FactRow[];
  const put = db.prepare('UPDATE facts SET kind = ?, body = ? WHERE seq = ?');
  put.run(bodies[1]?.kind, bodies[1]?.body, one);
  put.run(bodies[0]?.kind, bodies[0]?.body, other);
}

function putIn(db: Database.Database): void {
  db.exec(`INSERT INTO facts SELECT seq + 1, batch, at, kind, body FROM facts ORDER BY seq DESC LIMIT 1`);
}

/** In the middle, everything behind it moved on by one; the chain is as it was. */
function putBetween(db: Database.Database): void {
  db.exec('UPDATE facts SET seq = -seq - 1 WHERE seq > 41');
  db.exec('UPDATE facts SET seq = -seq WHERE seq < 0');
  db.exec('INSERT INTO facts SELECT 42, batch, at, kind, body FROM facts WHERE seq = 41');
}

function cutOff(db: Database.Database, after: number): void {
  db.prepare('DELETE FROM chain WHERE last_fact > ?').run(after);
  db.exec('DELETE FROM facts WHERE seq > (SELECT coalesce(max(last_fact), 0) FROM chain)');
  const head = db.prepare('SELECT counters FROM head').get() as { counters: string };
  const last = db.prepare('SELECT batch, last_fact AS fact, hash FROM chain ORDER BY batch DESC LIMIT 1').get() as { batch: number; fact: number; hash: string } | undefined;
  const counters = JSON.stringify({ ...(JSON.parse(head.counters) as object), fact: last?.fact ?? 0 });
  db.prepare('UPDATE head SET last_batch = ?, last_hash = ?, counters = ?').run(last?.batch ?? 0, last?.hash ?? CHAIN_START, counters);
}
