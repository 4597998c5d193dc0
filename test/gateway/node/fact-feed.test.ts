import { expect, it } from 'vitest';
import { runningNode } from '../../support/running-node.ts';

const FACTS = 400;

it('facts that were just told come from memory, older ones from the journal, and both are what the journal holds', async () => {
  const { run, system, facts } = await runningNode();
  while (facts.position() < FACTS) {
    await run('message.send', { to: 'testing', type: 'note' });
    await facts.read();
  }
  const { journal } = system;
  const read = journal.facts.bind(journal);
  let asked = 0;
  Object.assign(journal, {
    facts(wanted: Parameters<typeof read>[0]) {
      asked += 1;
      return read(wanted);
    },
  });
  const last = facts.position();
  for (const [after, fromJournal] of [
    [0, 1],
    [last - 300, 1],
    [last - 200, 0],
    [last - 3, 0],
    [last, 0],
  ] as const) {
    asked = 0;
    const told = await facts.after(after, 50);
    expect([told, asked]).toEqual([await read({ after, limit: 50 }), fromJournal]);
  }
});
