import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { openFactFeed } from '../../gateway/node/fact-feed.ts';
import { fact } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { privateFolder } from '../support/private-folder.ts';

const planner = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  on: {
    SUBMIT: {
      actions: [
        assign({ n: ({ context }) => context.n + 1 }),
        fact('plan.submitted', ({ context }: { context: { n: number } }) => ({ planId: `p${context.n}`, plan: { name: 'x' } })),
      ],
    },
  },
});

describe('what was accepted', () => {
  it('has a position, and the facts up to it are in the journal when the sender hears of it (K13)', async () => {
    const node = await startNode([worker('a', planner, { durable: true })]);
    for (let n = 1; n <= 3; n += 1) {
      const before = node.system.position;
      await node.tell('a', { type: 'SUBMIT' });
      const { position } = node.system;
      expect(position).toBeGreaterThan(before);
      expect((await node.journal.facts({ after: before, limit: 99 })).map(({ kind }) => kind)).toContain('plan.submitted');
    }
  });

  it('is seen by the read that follows it: the read model waits for its position (K13)', async () => {
    const node = await startNode([worker('a', planner, { durable: true })]);
    const head = { era: 'one', counters: { mail: 0, fact: 0, effect: 0, child: 0, deadLetter: 0, incarnation: 0 } };
    const feed = openFactFeed({
      file: `${privateFolder()}/mcp_system.db`,
      system: node.system,
      head,
      onFault: (error) => {
        throw error;
      },
    });
    for (let n = 1; n <= 20; n += 1) {
      await node.tell('a', { type: 'SUBMIT' });
      const db = await feed.read();
      expect(db.query('SELECT plan_id FROM plans').length, `plan ${n}`).toBe(n);
    }
    expect(feed.position()).toBe(node.system.position);
    feed.close();
  });
});
