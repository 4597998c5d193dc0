import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyVote } from '../../../actors/consensus/signature.ts';
import { voteText } from '../../../actors/consensus/vote.ts';
import { openVoterKeys } from '../../../gateway/keys/voter-keys.ts';
import { privateFolder } from '../../support/private-folder.ts';

const VOTE = { round: 'r', actionHash: 'a'.repeat(64), voter: 'testing', vote: 'yes', at: 1 } as const;
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('keys of voters', () => {
  it('are made at first need, one a voter, readable by their owner alone', async () => {
    const folder = privateFolder();
    const keys = openVoterKeys(folder);
    expect(existsSync(join(folder, 'voters'))).toBe(false);
    const made = await keys.publicKeys(['testing', 'person:ann']);
    expect(new Set(Object.values(made)).size).toBe(2);
    expect(readdirSync(join(folder, 'voters')).sort()).toEqual(['person%3Aann-ed25519.pem', 'testing-ed25519.pem']);
    expect(mode(join(folder, 'voters'))).toBe('700');
    for (const file of readdirSync(join(folder, 'voters'))) expect(mode(join(folder, 'voters', file))).toBe('600');
  });

  it('are the same after a restart, and sign the same text the same way', async () => {
    const folder = privateFolder();
    const [first, next] = [openVoterKeys(folder), openVoterKeys(folder)];
    expect(await next.publicKeys(['testing'])).toEqual(await first.publicKeys(['testing']));
    expect(await next.sign('testing', 'text')).toBe(await first.sign('testing', 'text'));
  });

  it('sign what the public half verifies, and nothing else does', async () => {
    const keys = openVoterKeys(privateFolder());
    const { testing = '', database = '' } = await keys.publicKeys(['testing', 'database']);
    const signed = { ...VOTE, signature: await keys.sign('testing', voteText(VOTE)) };
    expect(verifyVote(signed, testing)).toBe(true);
    expect(verifyVote(signed, database)).toBe(false);
    for (const change of [{ vote: 'no' as const }, { at: 2 }, { round: 's' }, { voter: 'database' }, { actionHash: 'b'.repeat(64) }])
      expect(verifyVote({ ...signed, ...change }, testing)).toBe(false);
  });

  it('that cannot be read are an error, and never another key in its place', async () => {
    const folder = privateFolder();
    const file = join(folder, 'voters', 'testing-ed25519.pem');
    await openVoterKeys(folder).publicKeys(['testing']);
    writeFileSync(file, 'damaged');
    await expect(openVoterKeys(folder).publicKeys(['testing'])).rejects.toThrow();
    expect(readFileSync(file, 'utf8')).toBe('damaged');
  });
});
