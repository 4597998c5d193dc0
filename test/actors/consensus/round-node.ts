// A node with rounds and ballots on a memory journal: who opens a round is a probe that keeps what it is told.
import { onTestFinished } from 'vitest';
import { assign, setup } from 'xstate';
import type { RoundOrder } from '../../../actors/consensus/round-order.ts';
import type { RoundReport } from '../../../actors/consensus/round-report.ts';
import { ballotTemplate, roundTemplate } from '../../../actors/consensus/rounds.ts';
import { publicKeyOf } from '../../../actors/consensus/signature.ts';
import type { SignedVote, Vote } from '../../../actors/consensus/vote.ts';
import { createSystem, memoryJournal, memoryStore } from '../../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../../supervisors/index.ts';
import { settle } from '../../support/settle.ts';
import { castVote, signedVote, testKey } from '../../support/voter-keys.ts';
import { type TestServices, testServices } from '../../support/work-services.ts';

export const HASH = 'a'.repeat(64);
export const OTHER_HASH = 'b'.repeat(64);
export const PEOPLE = ['person:ann', 'person:bob', 'person:cid', 'person:dot', 'person:eve'];

const probe = setup({ types: { context: {} as { told: unknown[] } } }).createMachine({
  context: { told: [] },
  on: { '*': { actions: assign({ told: ({ context, event }) => [...context.told, event] }) } },
});

/** A majority of five people; nobody votes by himself. */
export function roundOrder(more: Partial<RoundOrder> = {}): RoundOrder {
  const voters = more.electorate?.map(({ voter }) => voter) ?? PEOPLE;
  return {
    id: 'r-1',
    purpose: 'request',
    subject: 'p.t.0.1',
    actionHash: HASH,
    summary: 'deploy 1.2.0 to production',
    electorate: voters.map((voter) => ({ voter, publicKey: publicKeyOf(testKey(voter)) })),
    quorum: 3,
    threshold: 3,
    veto: [],
    deadlineMs: 60_000,
    replyTo: 'probe',
    openedBy: 'agents/deployment',
    ...more,
  };
}

export function ballot(voter: string, vote: Vote, more: Partial<SignedVote> = {}): SignedVote {
  return signedVote({ round: 'r-1', actionHash: HASH, voter, vote, ...more });
}

export async function roundNode(from?: { readonly services: TestServices; readonly store: ReturnType<typeof memoryStore> }) {
  const { services, store } = from ?? { services: testServices(), store: memoryStore() };
  const system = await createSystem({
    name: 'rounds',
    clock: services.clock,
    journal: memoryJournal({ store }),
    freeze: true,
    root: supervisor({
      children: [
        worker('probe', probe, { durable: true, version: 1 }),
        dynamicSupervisor('agents', { durable: true, templates: { agent: (_input, id) => worker(id, probe, { durable: true, version: 1 }) } }),
        dynamicSupervisor('rounds', { durable: true, templates: { round: roundTemplate(services) } }),
        dynamicSupervisor('ballots', { durable: true, templates: { ballot: ballotTemplate(services) } }),
      ],
    }),
  });
  onTestFinished(() => system.stop());
  await system.start();
  await settle();
  const ask = (message: { readonly type: string }, id = 'r-1'): Promise<unknown> => system.ref(`rounds/${id}`).ask(message, { timeoutMs: 600_000 });
  return {
    system,
    services,
    store,
    ask,
    open: async (order: RoundOrder = roundOrder()) => {
      await system.startChild('rounds', { template: 'round', id: order.id, input: order });
      await settle();
    },
    cast: (vote: SignedVote, why?: string) => ask(castVote(vote, why)),
    report: async (id?: string) => (await ask({ type: 'GET' }, id)) as RoundReport,
    value: (id = 'r-1') => system.inspect(`rounds/${id}`)?.value,
    /** What the opener was told. */
    told: () => (system.inspect('probe')?.context as { told: ReadonlyArray<Readonly<Record<string, unknown>>> } | undefined)?.told ?? [],
    facts: async (kind: string) => {
      const rows = await system.journal.facts({ after: 0, limit: 10_000 });
      return rows.filter((row) => row.kind === kind).map((row) => JSON.parse(row.body) as Readonly<Record<string, unknown>>);
    },
    /** Passes simulated time in small stretches. */
    pass: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        services.clock.advance(1_000);
        await settle(20);
      }
    },
  };
}

export type RoundNode = Awaited<ReturnType<typeof roundNode>>;
