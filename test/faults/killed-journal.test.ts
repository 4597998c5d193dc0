import { describe, expect, it } from 'vitest';
import { count, randomFrom, SEED } from '../support/length.ts';
import { privateFolder } from '../support/private-folder.ts';
import { ledgerProgram } from './built-copy.ts';
import { KilledLedger } from './killed-ledger.ts';

const KILLS = count(40, 500);
const CAREFUL_KILLS = count(20, 200);

describe('a journal whose process is killed at random moments', () => {
  it('holds every acknowledged message exactly once after each kill, with all that followed from it, in order (G1, G2, G3, G5)', async () => {
    const ledger = new KilledLedger({ program: ledgerProgram(), dir: privateFolder(), random: randomFrom(SEED) });
    const run = await ledger.run(KILLS);
    expect(run).toMatchObject({ kills: KILLS, flaws: [] });
    expect(run.accepted, 'there was load').toBeGreaterThan(KILLS * 10);
    expect(await ledger.settle()).toEqual([]);
    expect(run.unheard, 'kills fell between a commit and its acknowledgement').toBeGreaterThan(0);
    console.log(`${run.kills} kills, ${run.unheard} of them between a commit and its acknowledgement; ${ledger.accepted} messages, none lost or doubled`);
  });

  it('of a node that looks for a message which ends it blames none, however often one was in hand at its death (G1, G2, G7)', async () => {
    const ledger = new KilledLedger({ program: ledgerProgram(), dir: privateFolder(), random: randomFrom(SEED), careful: true });
    expect(await ledger.run(CAREFUL_KILLS)).toMatchObject({ kills: CAREFUL_KILLS, flaws: [] });
  });
});
