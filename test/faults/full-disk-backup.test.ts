// A backup on a real disk without room for it: none is made, nothing half is left, the node works on, and with room again the next one is good (G14).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { countingNode } from '../support/backed-up-node.ts';
import { settle } from '../support/settle.ts';
import { smallDisk } from './small-disk.ts';

it('on a full disk is refused with the room that it needs, leaves nothing, harms nothing; with room again it is made', async ({ skip }) => {
  const { disk, why } = smallDisk(200);
  if (disk === null) return skip(why);
  const node = await countingNode(join(disk.dir, 'data'));
  await node.add(60);
  // Nothing but the backup is to meet the full disk.
  await node.facts.read();
  await settle();
  const makeRoom = disk.fill();
  await expect(node.backUp('one')).rejects.toThrow(/^no backup was made: it needs \d+ bytes of disk and \d+ are free: free space, or delete old backups$|^ENOSPC/);
  makeRoom();
  const backups = join(node.dir, 'backups');
  expect(readdirSync(backups)).toEqual([]);
  await node.add(30);
  expect(await node.backUp('two')).toMatchObject({ id: 'two', verifiedAt: expect.any(Number) });
  expect(readdirSync(backups)).toEqual(['two']);
  // Everything that was added is in it, what came around the full disk too.
  const counted = (await node.system.journal.facts({ after: 0, limit: 1_000 })).filter(({ kind }) => kind === 'counted');
  expect(counted).toHaveLength(90);
});
