// The audit's chain: what a fact a step costs durable steps, and what proving records of 500 bytes on disk takes beside SHA-256 alone
// over the same bytes.
import { createHash } from 'node:crypto';
import { CHAIN_START, chainFacts, sqliteJournal, verifyJournal } from '../../dist/runtime/index.js';
import { sized } from '../extent.mjs';
import { counterMachine, recordingMachine } from '../kernel/counter.mjs';
import { withDurableSteps } from '../kernel/durable.mjs';
import { coreRate, interleave } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';

const BATCHES = sized(200, 5);
const FACTS = 100;
const BYTES = 500;
const NOTHING = { put: [], remove: [] };

export const append = () => withDurableSteps(recordingMachine(), (ours) => withDurableSteps(counterMachine(), (peer) => interleave({ ours, peer })));

/** A decision as the gate records one, padded to its size. */
function body(seq) {
  const text = JSON.stringify({ id: `request-${seq}`, decision: 'approved', by: 'ann', why: '' });
  return text.replace('"why":""', `"why":"${'w'.repeat(BYTES - text.length)}"`);
}

/** All of one time, as a node writes them. */
const batchOfFacts = (number) =>
  Array.from({ length: FACTS }, (_, index) => {
    const seq = (number - 1) * FACTS + index + 1;
    return { seq, batch: number, at: 1_700_000_000_000 + number, kind: 'approval.decided', body: body(seq) };
  });

async function fill(journal) {
  const { nodeEpoch, counters } = await journal.open();
  let hash = CHAIN_START;
  for (let number = 1; number <= BATCHES; number += 1) {
    const facts = batchOfFacts(number);
    const chain = chainFacts(hash, number, facts);
    hash = chain.hash;
    const rows = { actors: NOTHING, mail: NOTHING, timers: NOTHING, effects: NOTHING, children: NOTHING, ties: NOTHING, receipts: { put: [], expiredBefore: null } };
    await journal.commit({ number, nodeEpoch, ...rows, deadLetters: [], facts, chain, counters: { ...counters, fact: number * FACTS } });
  }
}

async function verified(journal) {
  const verdict = await verifyJournal(journal);
  if (!verdict.ok || verdict.facts !== BATCHES * FACTS) throw new Error(`the chain does not hold: ${JSON.stringify(verdict)}`);
}

function hashed(bodies) {
  const hash = createHash('sha256');
  for (const text of bodies) hash.update(text);
  return hash.digest('hex');
}

export const verify = () =>
  withScratch(async (dir) => {
    const journal = sqliteJournal({ dir });
    await fill(journal);
    const bodies = Array.from({ length: BATCHES * FACTS }, (_, index) => body(index + 1));
    const samples = await interleave({ ours: () => coreRate(bodies.length, () => verified(journal)), peer: () => coreRate(bodies.length, () => hashed(bodies)) });
    await journal.close();
    return samples;
  });
