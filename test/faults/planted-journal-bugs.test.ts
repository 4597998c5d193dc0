// A check that has never failed on a planted fault is not a check: what the kills of killed-journal.test.ts are worth.
import { describe, expect, it } from 'vitest';
import { randomFrom, SEED } from '../support/length.ts';
import { privateFolder } from '../support/private-folder.ts';
import { ledgerProgram } from './built-copy.ts';
import { KilledLedger } from './killed-ledger.ts';
import { JOURNAL_BUGS } from './planted-journal-bugs.ts';

/** As many as killed-journal.test.ts has in its short run. */
const MOST_KILLS = 40;

const ORDERS = 500;

describe('a bug planted in the SQLite journal', () => {
  it.each(JOURNAL_BUGS.map(({ what, patches }) => [what, patches] as const))('%s: is found by SIGKILL, and by nothing less', async (what, patches) => {
    const program = ledgerProgram(patches);
    const spared = new KilledLedger({ program, dir: privateFolder(), random: randomFrom(SEED) });
    expect(await spared.settle(ORDERS)).toEqual([]);
    const ledger = new KilledLedger({ program, dir: privateFolder(), random: randomFrom(SEED) });
    const { kills, flaws } = await ledger.run(MOST_KILLS);
    expect(flaws.length).toBeGreaterThan(0);
    console.log(`${what}: found after ${kills} kill${kills === 1 ? '' : 's'} (${flaws[0]})`);
  });
});
