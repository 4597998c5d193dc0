// Rounds on whole nodes against a model of thirty lines: whatever is sent in whatever order, and however often the node dies meanwhile.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { publicKeyOf } from '../../../actors/consensus/signature.ts';
import type { Vote } from '../../../actors/consensus/vote.ts';
import { memoryStore } from '../../../runtime/index.ts';
import { type Heard, outcomeOf } from '../../consensus/oracle.ts';
import { count, SEED } from '../../support/length.ts';
import { settle } from '../../support/settle.ts';
import { castVote, signedVote, testKey } from '../../support/voter-keys.ts';
import { testServices } from '../../support/work-services.ts';
import { ballot, OTHER_HASH, PEOPLE, roundNode, roundOrder } from './round-node.ts';

const DEADLINE_MS = 60_000;
const voter = fc.nat(PEOPLE.length - 1);
const deed = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('vote' as const), voter, vote: fc.constantFrom<Vote>('yes', 'yes', 'no', 'abstain') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('forge' as const), voter, how: fc.constantFrom('hash' as const, 'round' as const, 'key' as const, 'stranger' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 25_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('die' as const, 'stop' as const) }) },
);

function forged(name: string, how: 'hash' | 'round' | 'key' | 'stranger') {
  if (how === 'hash') return ballot(name, 'yes', { actionHash: OTHER_HASH });
  if (how === 'round') return ballot(name, 'yes', { round: 'r-0' });
  if (how === 'stranger') return ballot('person:mallory', 'yes');
  return signedVote({ round: 'r-1', actionHash: roundOrder().actionHash, voter: name, vote: 'no' }, testKey('person:mallory'));
}

it('decide at most once, as a model says, and tell it once, over any order of votes, repetitions, forgeries, restarts and time (G12)', async () => {
  const setup = fc.record({ quorum: fc.integer({ min: 1, max: 5 }), threshold: fc.integer({ min: 1, max: 5 }), veto: fc.subarray(PEOPLE, { maxLength: 2 }) });
  await fc.assert(
    fc.asyncProperty(setup, fc.array(deed, { minLength: 1, maxLength: 14 }), async ({ quorum, threshold, veto }, deeds) => {
      const [services, store] = [testServices(), memoryStore()];
      const electorate = PEOPLE.map((name) => ({ voter: name, publicKey: publicKeyOf(testKey(name)) }));
      let node = await roundNode({ services, store });
      await node.open(roundOrder({ electorate, quorum, threshold, veto, deadlineMs: DEADLINE_MS }));
      const rules = { voters: PEOPLE, quorum, threshold, veto };
      let heard: Heard = {};
      let outcome: string | undefined;
      let passed = 0;
      for (const one of deeds) {
        if (one.do === 'vote') {
          const name = PEOPLE[one.voter] ?? '';
          // Nobody waits for the answer: it may be lost with the node.
          await node.system.ref('rounds/r-1').tell(castVote(ballot(name, one.vote)));
          const before = heard[name] ?? [];
          if (outcome === undefined && !before.includes(one.vote)) heard = { ...heard, [name]: [...before, one.vote] };
          outcome ??= outcomeOf(rules, heard);
        } else if (one.do === 'forge') await node.system.ref('rounds/r-1').tell(castVote(forged(PEOPLE[one.voter] ?? '', one.how)));
        else if (one.do === 'pass') {
          await settle(20);
          await node.pass(one.ms);
          passed += one.ms;
          if (passed >= DEADLINE_MS) outcome ??= 'expired';
        } else {
          if (one.do === 'stop') await node.system.stop();
          node = await roundNode({ services, store });
        }
        await settle(20);
      }
      const report = await node.report();
      expect(report.outcome ?? undefined).toBe(outcome);
      expect(node.told().map((told) => told.outcome)).toEqual(outcome === undefined ? [] : [outcome]);
      expect((await node.facts('round.decided')).map((fact) => fact.outcome)).toEqual(outcome === undefined ? [] : [outcome]);
      await node.system.stop();
    }),
    { numRuns: count(60, 2_000), seed: SEED },
  );
});
