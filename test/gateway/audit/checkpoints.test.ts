// Signed checkpoints of the facts' chain, outside the journal's file (K34).
import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSignedBy, readCheckpoints } from '../../../gateway/audit/checkpoint.ts';
import { checkpointFile } from '../../../gateway/audit/checkpoints.ts';
import { openNodeKey, readNodeKey } from '../../../gateway/audit/node-key.ts';
import { auditedNode } from '../../support/audited-folder.ts';
import { privateFolder } from '../../support/private-folder.ts';

const written = (dir: string) => {
  try {
    return readCheckpoints(readFileSync(checkpointFile(dir), 'utf8'));
  } catch {
    return [];
  }
};

describe("the node's key", () => {
  it('is made once, for its owner alone, and found again', () => {
    const keys = privateFolder();
    expect(readNodeKey(keys)).toBeUndefined();
    const first = openNodeKey(keys);
    expect(statSync(join(keys, 'node-ed25519.pem')).mode & 0o777).toBe(0o600);
    chmodSync(join(keys, 'node-ed25519.pem'), 0o644);
    const again = openNodeKey(keys);
    expect(statSync(join(keys, 'node-ed25519.pem')).mode & 0o777).toBe(0o600);
    expect(again.id).toBe(first.id);
    expect([again.verify('a text', first.sign('a text')), again.verify('another', first.sign('a text'))]).toEqual([true, false]);
    expect(openNodeKey(privateFolder()).verify('a text', first.sign('a text'))).toBe(false);
  });
});

describe('checkpoints', () => {
  it('are written every minute when there is something new, signed, with the hash of the chain (K34)', async () => {
    const node = await auditedNode();
    await node.pass(59_999);
    expect(written(node.dir)).toEqual([]);
    await node.pass(1);
    const first = written(node.dir);
    expect(first).toMatchObject([{ at: node.clock.now(), era: 'test', ...node.system.chainHead }]);
    await node.pass(600_000);
    expect(written(node.dir)).toEqual(first);
    await node.note(3);
    await node.pass(60_000);
    expect(written(node.dir).at(-1)).toMatchObject(node.system.chainHead);
    const key = openNodeKey(join(node.dir, 'keys'));
    expect(written(node.dir).map((checkpoint) => isSignedBy(checkpoint, key))).toEqual([true, true]);
    expect(isSignedBy({ ...(first[0] as (typeof first)[0]), fact: 2 }, key)).toBe(false);
    expect(statSync(checkpointFile(node.dir)).mode & 0o777).toBe(0o600);
  });

  it('are written every 1,000 facts, without waiting for the minute (K34)', async () => {
    const node = await auditedNode();
    for (let n = 0; n < 10; n += 1) await Promise.all(Array.from({ length: 110 }, () => node.tell('a', { type: 'NOTE', word: 'one' })));
    const facts = written(node.dir).map((checkpoint) => checkpoint.fact);
    expect(facts).toHaveLength(1);
    expect(facts[0]).toBeGreaterThanOrEqual(1_000);
    expect(facts[0]).toBeLessThanOrEqual(1_200);
  });

  it('end with one at the orderly end, behind the last fact (K34)', async () => {
    const node = await auditedNode();
    await node.note(2);
    node.system.record('access.refused', { door: 'api' });
    await node.system.stop();
    node.endCheckpoints();
    expect(written(node.dir)).toMatchObject([{ fact: node.store.facts.length === 0 ? node.system.position : 0, hash: node.system.chainHead.hash }]);
    expect(node.clock.pending).toBe(0);
  });

  it('go on behind one that a crash has torn', async () => {
    const node = await auditedNode();
    await node.pass(60_000);
    appendFileSync(checkpointFile(node.dir), '{"at":1,"era":"te');
    await node.note(1);
    await node.pass(60_000);
    expect(written(node.dir).map(({ fact }) => fact)).toEqual([expect.any(Number), node.system.position]);
  });

  it('that cannot be written are told of, and tried again in their time', async () => {
    const node = await auditedNode();
    mkdirSync(checkpointFile(node.dir));
    await node.pass(60_000);
    expect(node.faults).toMatchObject([{ code: 'EISDIR' }]);
    rmSync(checkpointFile(node.dir), { recursive: true });
    await node.pass(60_000);
    expect(written(node.dir)).toHaveLength(1);
  });
});
