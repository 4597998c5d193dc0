import { describe, expect, it } from 'vitest';
import type { TakeBackup } from '../../../actors/backup/backups.messages.ts';
import { backupsWorker } from '../../../actors/backup/backups.ts';
import { memoryStore } from '../../../runtime/index.ts';
import { worker } from '../../../supervisors/index.ts';
import { startNode } from '../../support/kernel-node.ts';
import { NamedBackups } from '../../support/named-backups.ts';
import { settle } from '../../support/settle.ts';
import { recorder } from '../../support/small-actors.ts';

const take = (id: string, more: Partial<TakeBackup> = {}): TakeBackup => ({ type: 'TAKE_BACKUP', id, by: 'ann', why: 'test', keep: 3, replyTo: null, ...more });

async function keeping(backups = new NamedBackups(), store = memoryStore()) {
  const node = await startNode([backupsWorker({ backups }), worker('asker', recorder, { durable: true })], { store });
  const facts = async () =>
    (await node.system.journal.facts({ after: 0, limit: 1_000 }))
      .filter(({ kind }) => kind.startsWith('backup.'))
      .map(({ kind, body }) => `${kind} ${(JSON.parse(body) as { id: string }).id}`);
  return { node, backups, store, facts };
}

describe('the keeper of backups', () => {
  it('makes one at a time, in the order in which they were asked for, and records how each ended', async () => {
    const { node, backups, facts } = await keeping();
    backups.failing.push('two');
    for (const id of ['one', 'two', 'three']) expect(await node.ask('backups', take(id))).toEqual({ ok: true, id });
    await settle();
    expect(backups.taken).toEqual(['one', 'three']);
    expect((await facts()).filter((fact) => !fact.startsWith('backup.begun'))).toEqual(['backup.verified one', 'backup.failed two', 'backup.verified three']);
    expect(node.value('backups')).toBe('idle');
  });

  it('tells whoever asked, with the problem of one that failed', async () => {
    const { node, backups } = await keeping();
    backups.failing.push('bad');
    await node.ask('backups', take('good', { replyTo: 'asker' }));
    await node.ask('backups', take('bad', { replyTo: 'asker' }));
    await settle();
    expect(node.context('asker').seen).toEqual(['BACKUP_ENDED', 'BACKUP_ENDED']);
  });

  it('makes none twice that is asked for twice while it waits', async () => {
    const { node, backups } = await keeping();
    await Promise.all([node.ask('backups', take('one'), { id: 'a' }), node.ask('backups', take('one'), { id: 'b' })]);
    await settle();
    expect(backups.taken).toEqual(['one']);
  });

  it('goes on after a crash with the one that was being made, and then with those that waited', async () => {
    const hanging = new NamedBackups();
    hanging.take = () => new Promise(() => undefined);
    const first = await keeping(hanging);
    await first.node.ask('backups', take('one'));
    await first.node.ask('backups', take('two'));
    await settle();
    expect(first.node.value('backups')).toBe('taking');
    const second = await keeping(new NamedBackups(), first.store);
    await settle();
    expect(second.backups.taken).toEqual(['one', 'two']);
    expect((await second.facts()).slice(-2)).toEqual(['backup.verified one', 'backup.verified two']);
  });

  it('says which older ones it took away, and takes no more orders than it can remember', async () => {
    const { node, backups, facts } = await keeping();
    backups.take = async ({ id }) => ({ id, takenAt: 1, verifiedAt: 2, fact: 3, bytes: 4, rows: 5, removed: ['old'] });
    await node.ask('backups', take('one'));
    await settle();
    expect(await facts()).toEqual(['backup.begun one', 'backup.verified one', 'backup.removed old']);
    backups.take = () => new Promise(() => undefined);
    const answers = await Promise.all(Array.from({ length: 101 }, (_, n) => node.ask('backups', take(`n-${n}`))));
    expect(answers.filter((answer) => (answer as { ok: boolean }).ok)).toHaveLength(100);
    expect(answers.at(-1)).toEqual({ ok: false, reason: 'too_many' });
  });
});
