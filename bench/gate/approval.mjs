// Approvals opened by durable actors and then decided, both journalled before they count, while 10,000 others wait; against durable
// steps of the kernel in the same run. They are denied, so that the number of those that wait stays what it is.
import { assign, setup } from 'xstate';
import { approvalTemplate } from '../../dist/actors/approval/approval.js';
import { DEFAULT_APPROVALS, termsFor } from '../../dist/actors/approval/terms.js';
import { DEFAULT_ROUND_POLICY } from '../../dist/actors/consensus/round-order.js';
import { createSystem, reply, sqliteJournal, startChild, systemClock } from '../../dist/runtime/index.js';
import { dynamicSupervisor, supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { counterMachine } from '../kernel/counter.mjs';
import { withDurableSteps, withManySteps } from '../kernel/durable.mjs';
import { interleave, rate } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';

const PENDING = sized(10_000, 20);
const LANES = sized(1_000, 10);
const ASKERS = sized(100, 5);
const DECIDED = sized(2_000, 20);
const WAIT_MS = 3_600_000;
const HASH = 'a'.repeat(64);

const terms = termsFor({ approvals: DEFAULT_APPROVALS, rounds: DEFAULT_ROUND_POLICY, unhidden: false }, 'HIGH');
const action = { type: 'BASH_COMMAND', payload: { command: 'npm publish --dry-run' } };
const verdict = { level: 'HIGH', findings: [{ rule: 'npm-publish', level: 'HIGH', span: [0, 11], why: 'publishes a package' }], actionHash: HASH, policy: 'bench' };

const order = (id, requestId) => ({
  ...{ id, requestId, planId: 'plan', taskId: 'task', step: 0, attempt: 1, agent: 'testing', action, idempotent: false, verdict },
  ...{ caller: 'ann', approve: null, rerun: null, waitMs: WAIT_MS, terms },
});

async function lanes(count, run) {
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      for (let at = lane; at < count; at += LANES) await run(at);
    }),
  );
}

const isTold = { actions: assign({ told: ({ context }) => context.told + 1 }) };
/** As requests do it: the approval's row is in the commit of the asker's step, and it is the asker that is told what becomes of it. */
const asker = setup({}).createMachine({
  context: { told: 0 },
  on: {
    ASK: { actions: [startChild('approvals', ({ event }) => ({ template: 'approval', id: event.order.id, input: event.order })), reply({ ok: true })] },
    APPROVAL_WAITS: isTold,
    APPROVAL_DECIDED: isTold,
  },
});

const askerOf = (at) => `asker-${at % ASKERS}`;
const open = (system, id, at) => system.ref(`requests/${askerOf(at)}`).ask({ type: 'ASK', order: order(id, askerOf(at)) }, { timeoutMs: 60_000 });

async function openAndDecide(system, id, at) {
  await open(system, id, at);
  const decision = { type: 'DECIDE', decision: 'deny', by: 'bob', as: 'person', login: false, reason: 'no', actionHash: HASH };
  const { ok, reason } = await system.ref(`approvals/${id}`).ask(decision, { timeoutMs: 60_000 });
  if (!ok) throw new Error(`${id} was not decided: ${reason}`);
}

const withApprovals = (use) =>
  withScratch(async (dir) => {
    const children = [
      dynamicSupervisor('requests', { durable: true, templates: { asker: (_input, id) => worker(id, asker, { durable: true }) } }),
      // A fleet that has no webhook.
      dynamicSupervisor('approvals', { durable: true, templates: { approval: approvalTemplate({ clock: systemClock, webhook: null }) } }),
    ];
    const system = await createSystem({ name: 'bench', journal: sqliteJournal({ dir }), root: supervisor({ children }) });
    await system.start();
    for (let at = 0; at < ASKERS; at += 1) await system.startChild('requests', { template: 'asker', id: askerOf(at), input: null });
    await lanes(PENDING, (at) => open(system, `waits-${at}`, at));
    let first = 0;
    const decide = (count) => {
      first += count;
      return lanes(count, (at) => openAndDecide(system, `a-${first + at}`, at));
    };
    const samples = await use(() => rate(DECIDED, decide));
    await system.stop();
    return samples;
  });

/** The asker's three, when it asks, when the approval waits and when that is decided; and the approval's two. */
const STEPS_OF_ONE = 5;

export const approval = () => withApprovals((ours) => withDurableSteps(counterMachine(), (peer) => interleave({ ours, peer })));

/** The same counted in durable steps, beside those of as many actors as wait here, each of which writes a row of its own. */
export const approvalSteps = () =>
  withApprovals((approvals) => withManySteps(counterMachine(), (peer) => interleave({ ours: async () => (await approvals()) * STEPS_OF_ONE, peer })));
