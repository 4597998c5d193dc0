// Inboxes are read in the order in which messages came, also where all came in the same millisecond and under ids that say nothing of it.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { count } from '../../support/length.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

interface Page {
  readonly items: ReadonlyArray<{ readonly agent: string; readonly id: string; readonly payload: unknown }>;
  readonly nextCursor: string | null;
}

const AGENTS = ['testing', 'database'] as const;

it('an inbox is read in the order of arrival, page by page too, and all inboxes together by time', async () => {
  const sending = fc.record({ to: fc.constantFrom(...AGENTS), named: fc.boolean(), laterMs: fc.constantFrom(0, 0, 0, 1) });
  await fc.assert(
    fc.asyncProperty(fc.array(sending, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 7 }), fc.infiniteStream(fc.uuid()), async (messages, limit, ids) => {
      const node = await runningNode();
      const sent: Record<(typeof AGENTS)[number], number[]> = { testing: [], database: [] };
      for (const [at, { to, named, laterMs }] of messages.entries()) {
        if (laterMs > 0) await node.pass(laterMs);
        await node.run('message.send', { to, type: 'note', payload: at }, named ? { idempotencyKey: String(ids.next().value) } : {});
        sent[to].push(at);
      }
      await settle();
      const read = async (input: object): Promise<Page['items']> => {
        const items: Array<Page['items'][number]> = [];
        let cursor: string | null | undefined;
        while (cursor !== null) {
          const page: Page = await node.run('inbox.read', { ...input, limit, ...(cursor === undefined ? {} : { cursor }) });
          items.push(...page.items);
          cursor = page.nextCursor;
        }
        return items;
      };
      const payloads = (items: Page['items'], agent?: string) => items.filter((item) => agent === undefined || item.agent === agent).map(({ payload }) => payload);
      const together = await read({});
      for (const agent of AGENTS) {
        expect(payloads(await read({ agent }))).toEqual(sent[agent]);
        expect(payloads(together, agent)).toEqual(sent[agent]);
      }
      expect(together).toHaveLength(messages.length);
    }),
    { numRuns: count(15, 300) },
  );
});
