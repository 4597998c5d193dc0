// Rounds of five signed voters on SQLite with synchronous=FULL: opened, voted on, decided, their opener told. Against what five Ed25519
// signatures and their verification cost alone, in the same process.
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { assign, enqueueActions, setup } from 'xstate';
import { roundTemplate } from '../../dist/actors/consensus/rounds.js';
import { publicKeyOf, signText } from '../../dist/actors/consensus/signature.js';
import { voteText } from '../../dist/actors/consensus/vote.js';
import { createSystem, deferReply, reply, sqliteJournal, systemClock } from '../../dist/runtime/index.js';
import { dynamicSupervisor, supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { interleave, rate } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';

const VOTERS = ['person:ann', 'person:bob', 'person:cid', 'person:dot', 'person:eve'].map((voter) => ({ voter, ...generateKeyPairSync('ed25519') }));
const ELECTORATE = VOTERS.map(({ voter, privateKey }) => ({ voter, publicKey: publicKeyOf(privateKey) }));
const HASH = 'a'.repeat(64);
const ROUNDS = sized(1_000, 10);
const AT_ONCE = sized(1_000, 10);
const AWAIT_MS = 60_000;

/** Who opens rounds: counts what it is told, and answers once that is as many as were asked for. */
const opener = setup({})
  .createMachine({
    context: { told: 0, wanted: Number.MAX_SAFE_INTEGER },
    on: {
      ROUND_DECIDED: { actions: [assign({ told: ({ context }) => context.told + 1 }), 'answer'] },
      AWAIT: { actions: [deferReply('await'), assign({ wanted: ({ event }) => event.rounds }), 'answer'] },
    },
  })
  .provide({
    actions: {
      answer: enqueueActions(({ context, enqueue }) => {
        if (context.told < context.wanted) return;
        enqueue.assign({ wanted: Number.MAX_SAFE_INTEGER });
        enqueue(reply(context.told, { to: 'await' }));
      }),
    },
  });

const orderOf = (id) => ({
  id,
  purpose: 'request',
  subject: 'p.t.0.1',
  actionHash: HASH,
  summary: '',
  electorate: ELECTORATE,
  quorum: 5,
  threshold: 5,
  veto: [],
  deadlineMs: 600_000,
  replyTo: 'opener',
  openedBy: 'bench',
});

async function vote(ref, round, { voter, privateKey }) {
  const unsigned = { round, actionHash: HASH, voter, vote: 'yes', at: 0 };
  const signature = signText(voteText(unsigned), privateKey);
  await ref.tell({ type: 'CAST_VOTE', vote: { ...unsigned, signature }, why: 'yes', evidence: null });
}

async function holdRound(system, id) {
  await system.startChild('rounds', { template: 'round', id, input: orderOf(id) });
  const ref = system.ref(`rounds/${id}`);
  await Promise.all(VOTERS.map((voter) => vote(ref, id, voter)));
}

function holdRounds(system) {
  let held = 0;
  let told = 0;
  const hold = async (count) => {
    told += count;
    const lane = async () => {
      for (let taken = 0; taken < count / AT_ONCE; taken += 1) await holdRound(system, `r-${++held}`);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    await system.ref('opener').ask({ type: 'AWAIT', rounds: told }, { timeoutMs: AWAIT_MS });
  };
  return () => rate(ROUNDS, hold);
}

/** Five signatures, each verified, and nothing else. */
const bare = () =>
  rate(ROUNDS, () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { voter, privateKey, publicKey } of VOTERS) {
        const text = Buffer.from(voteText({ round: `r-${round}`, actionHash: HASH, voter, vote: 'yes', at: 0 }));
        if (!verify(null, text, publicKey, sign(null, text, privateKey))) throw new Error('a signature that does not verify');
      }
    }
  });

export const round = () =>
  withScratch(async (dir) => {
    const services = { clock: systemClock, voterKeys: { publicKeys: async () => ({}), sign: async () => '' } };
    const children = [worker('opener', opener, { durable: true }), dynamicSupervisor('rounds', { durable: true, templates: { round: roundTemplate(services) } })];
    const system = await createSystem({ name: 'bench', journal: sqliteJournal({ dir }), root: supervisor({ children }) });
    await system.start();
    const samples = await interleave({ ours: holdRounds(system), peer: bare });
    await system.stop();
    return samples;
  });
