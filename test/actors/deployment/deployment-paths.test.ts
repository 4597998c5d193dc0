import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { getAdjacencyMap } from 'xstate/graph';
import { deploymentMachine } from '../../../actors/deployment/deployment.machine.ts';
import type { DeploymentContext, DeploymentOrder } from '../../../actors/deployment/deployment-context.ts';
import type { DeployPayload } from '../../../actors/work/types.ts';
import { decide } from '../../support/decide.ts';
import { deploymentNode, deployOrder } from '../../support/deployment-node.ts';
import { count } from '../../support/length.ts';
import { settle } from '../../support/settle.ts';
import { FAILED, OK } from '../../support/turn-script.ts';
import { testServices } from '../../support/work-services.ts';

const HASH = 'a'.repeat(64);
const ENDS = ['promoted', 'restored', 'rolled_back', 'failed', 'stuck'];

function orderOf(payload: Partial<DeployPayload>): DeploymentOrder {
  return {
    id: 'd',
    planId: 'p',
    taskId: 't',
    step: 0,
    attempt: 1,
    agent: 'deployment',
    caller: 'ann',
    payload: { environment: 'production', version: '2.0.0', ...payload },
    surroundings: { workspace: '/w', deployRoot: '/d', healthUrl: 'h' },
    repository: '/w',
    actionHash: HASH,
    looked: null,
    level: 'HIGH',
    grant: { approval: 'd', use: 1, by: 'bob' },
    timeoutMs: 1,
    within: null,
  };
}

const invoked = (path: string, output: unknown, codes: readonly string[] = ['DeployRefused']) => [
  { type: `xstate.done.actor.0.deployment.${path}`, output },
  ...codes.map((code) => ({ type: `xstate.error.actor.0.deployment.${path}`, error: { code, message: code } })),
];
const release = (version: string) => ({ version, deployment: 'x', digest: version, commit: null, verify: null, at: 1 });
const stepChanged = (requestId: string, status: 'succeeded' | 'denied' | null) => ({
  type: 'STEP_CHANGED',
  requestId,
  step: 0,
  attempt: 1,
  report: {},
  outcome: status === null ? null : { status, error: { code: 'Denied', message: 'no' } },
});
const EVENTS = [
  ...[[], [release('1.0.0')], [release('1.0.0'), release('2.0.0')]].map((releases) => ({ type: 'CLAIMED', place: '/d/production', releases })),
  ...invoked('admitting.asking', { ok: true }, ['GrantRefused', 'AskTimeout']),
  { type: 'xstate.after.pause.deployment.admitting.pausing' },
  ...invoked('checking', { running: null, there: false }),
  ...['1.0.0', '2.0.0'].flatMap((version) => invoked('checking', { running: { version, digest: version }, there: true }, [])),
  ...invoked('recording', { commit: 'c' }),
  { type: 'BACKUP_ENDED', id: 'deploy-d', problem: null },
  { type: 'BACKUP_ENDED', id: 'deploy-d', problem: 'disk full' },
  { type: 'BACKUP_ENDED', id: 'another', problem: null },
  { type: 'xstate.after.noBackup.deployment.backing_up' },
  ...invoked('placing', { version: '2.0.0', digest: 'n', files: 1 }),
  ...invoked('leading', { to: '2.0.0' }),
  ...invoked('verifying.rating', { verdict: null }),
  ...invoked('verifying.running', { version: '2.0.0' }, ['VerificationFailed', 'NoSession']),
  { type: 'xstate.after.pause.deployment.verifying.pausing' },
  ...invoked('looking', { version: '1.0.0' }),
  ...invoked('retiring', { retired: true }),
  ...invoked('promoting', { commit: null }),
  ...invoked('discarding', { discarded: '2.0.0' }),
  ...invoked('abandoning', { discarded: '2.0.0' }),
  ...(['succeeded', 'denied', null] as const).map((status) => stepChanged('d.rollback', status)),
  stepChanged('other', 'succeeded'),
  { type: 'CANCEL', by: 'ann', why: 'w' },
];

interface Reached {
  readonly value: unknown;
  readonly status: string;
  readonly context: DeploymentContext;
}
interface Step {
  readonly from: Reached;
  readonly event: { readonly type: string };
  readonly to: Reached;
}

function everyStep(payload: Partial<DeployPayload>): readonly Step[] {
  const map = getAdjacencyMap(
    deploymentMachine(testServices()) as never,
    {
      input: orderOf(payload) as never,
      events: EVENTS as never,
      serializeState: (state: unknown) => {
        const { value, context } = state as Reached;
        const { releases, good, placed, problem, cancelled, stuck } = context;
        return JSON.stringify([value, releases.length, good?.version, placed?.version, problem?.code, cancelled?.code, stuck?.code]);
      },
      limit: 20_000,
    } as never,
  );
  const nodes = Object.values(map) as unknown as Array<{ state: Reached; transitions: Record<string, { event: { type: string }; state: Reached }> }>;
  return nodes.flatMap(({ state, transitions }) => Object.values(transitions).map(({ event, state: to }) => ({ from: state, event, to })));
}

const top = ({ value }: Reached): string => (typeof value === 'string' ? value : (Object.keys(value as object)[0] ?? ''));

describe.each([
  ['a new version', {}],
  ['a way back', { rollbackTo: '1.0.0' }],
  ['a way back to nothing', { rollbackTo: null }],
] as const)('all paths of %s', (_name, payload) => {
  const steps = everyStep(payload);

  it('reach nothing that acts but through the answer that its grant was used', () => {
    const before = ['claiming', 'admitting', 'failed'];
    const entries = steps.filter(({ from, to }) => before.includes(top(from)) && !before.includes(top(to)));
    expect(entries.length).toBeGreaterThan(0);
    for (const { from, event, to } of entries)
      expect([from.value, event.type, top(to)]).toEqual([{ admitting: 'asking' }, 'xstate.done.actor.0.deployment.admitting.asking', 'checking']);
  });

  it('are promoted only once they were verified', () => {
    for (const { from, event } of steps.filter(({ to }) => ['retiring', 'promoting', 'promoted', 'restored'].includes(top(to)))) {
      if (['retiring', 'promoting', 'promoted', 'restored'].includes(top(from))) continue;
      expect([from.value, event.type]).toEqual([{ verifying: 'running' }, 'xstate.done.actor.0.deployment.verifying.running']);
    }
  });

  it('have an end, from wherever they are', () => {
    const key = (state: Reached): string =>
      JSON.stringify([state.value, state.context.good?.version, state.context.releases.length, state.context.placed?.version, state.context.cancelled?.code]);
    const ending = new Set(steps.flatMap(({ to }) => (to.status === 'done' ? [key(to)] : [])));
    for (let grown = -1; grown !== ending.size; ) {
      grown = ending.size;
      for (const { from, to } of steps) if (ending.has(key(to))) ending.add(key(from));
    }
    expect(steps.filter(({ from }) => !ending.has(key(from))).map(({ from }) => from.value)).toEqual([]);
    for (const { to } of steps) if (to.status === 'done') expect(ENDS).toContain(to.value);
  });

  it('leave a new version running only where it was promoted, or its way back failed', () => {
    if ('rollbackTo' in payload) return;
    const led = steps.filter(({ from, to }) => top(from) === 'verifying' && to.status === 'done');
    for (const { to } of led) expect(to.context.good?.version).toBe('2.0.0');
  });

  it('stay as they ended, whatever is told', () => {
    for (const { from, to } of steps) if (from.status === 'done') expect(to.value).toEqual(from.value);
  });
});

interface Life {
  readonly payloads: ReadonlyArray<{ readonly version: string; readonly back: boolean; readonly critical: boolean }>;
  readonly decisions: ReadonlyArray<'approve' | 'deny' | 'wait'>;
  readonly failing: ReadonlyArray<'current' | 'place' | 'lead' | 'fault' | 'discard'>;
  readonly verified: readonly boolean[];
  readonly crashes: readonly number[];
}

const life: fc.Arbitrary<Life> = fc.record({
  payloads: fc.array(fc.record({ version: fc.constantFrom('1.0.0', '2.0.0', '3.0.0'), back: fc.boolean(), critical: fc.boolean() }), { minLength: 1, maxLength: 4 }),
  decisions: fc.array(fc.constantFrom('approve' as const, 'approve' as const, 'approve' as const, 'deny' as const, 'wait' as const), { minLength: 4, maxLength: 4 }),
  failing: fc.array(fc.constantFrom('current' as const, 'place' as const, 'lead' as const, 'fault' as const, 'discard' as const), { maxLength: 3 }),
  verified: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  crashes: fc.array(fc.nat(60), { maxLength: 3 }),
});

type Body = Readonly<Record<string, unknown>>;

/** Lives through it, with crashes in the middle; then everything that is open is given its time. */
async function lived({ payloads, decisions, failing, verified, crashes }: Life) {
  let node = await deploymentNode();
  const { services, store } = node;
  let runs = 0;
  services.hosts.script = ({ method }) => (method === 'request.execute' ? Promise.resolve(verified[runs++ % verified.length] === true ? OK : FAILED) : undefined);
  services.deployDriver.failing.push(...failing);
  const left = [...crashes];
  for (const [index, { version, back, critical }] of payloads.entries()) {
    const id = `p.t.${index}`;
    const payload: Partial<DeployPayload> = {
      version,
      verify: 'true',
      ...(critical ? { strategy: 'all_at_once' } : {}),
      ...(back ? { rollbackTo: index % 2 === 0 ? '1.0.0' : null } : {}),
    };
    services.deployDriver.content = `content ${version}`;
    await node.open(deployOrder(payload, { id }));
    const decision = decisions[index] ?? 'wait';
    if (decision !== 'wait') void node.node.ask(`approvals/${id}`, decide(decision, { by: 'bob', login: true }), { timeoutMs: 60_000 }).catch(() => undefined);
    const crash = left.shift();
    if (crash === undefined) {
      await settle();
      continue;
    }
    await settle(crash);
    // The first can write no more once another is on its store.
    node = await deploymentNode({ services, store });
    await settle();
  }
  for (let days = 0; days < 30; days += 1) await node.node.pass(24 * 3_600_000);
  return { facts: await allFacts(node), holder: await node.holder(), services };
}

async function allFacts(node: Awaited<ReturnType<typeof deploymentNode>>): Promise<ReadonlyArray<{ readonly kind: string; readonly body: Body }>> {
  const rows = await node.node.system.journal.facts({ after: 0, limit: 100_000 });
  return rows.map(({ kind, body }) => ({ kind, body: JSON.parse(body) as Body }));
}

describe('whatever fails, is decided and crashes', () => {
  it('what was promoted, restored or changed was granted for its hash and used before, and every deployment has ended', async () => {
    const seen = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(life, async (given) => {
        const { facts, holder, services } = await lived(given);
        const opened = new Set(facts.filter(({ kind }) => kind === 'deployment.opened').map(({ body }) => body.id));
        for (const id of opened) {
          const mine = facts.map(({ kind, body }, at) => ({ kind, body, at })).filter(({ body }) => body.id === id);
          const first = (kind: string, is: (body: Body) => boolean = () => true) => mine.find((each) => each.kind === kind && is(each.body));
          const acted = first('deployment.changed', ({ state }) => !ENDS.includes(String(state)));
          const granted = first('approval.decided', ({ decision }) => decision === 'approved');
          expect(granted?.body.actionHash).toBe(first('deployment.opened')?.body.actionHash);
          if (acted !== undefined) expect(first('approval.used')?.at ?? Number.POSITIVE_INFINITY).toBeLessThan(acted.at);
          const ends = mine.filter(({ kind, body }) => kind === 'deployment.changed' && ENDS.includes(String(body.state)));
          expect([id, ends.length]).toEqual([id, 1]);
          seen.add(ends[0]?.body.state);
        }
        expect(holder).toBeNull();
        const covered = facts.filter(({ kind, body }) => kind === 'approval.decided' && String(body.why).startsWith('the way back of')).map(({ body }) => body.request);
        for (const { kind, body } of facts) if (kind === 'request.recorded' && covered.includes(body.id)) expect(body.verdict).not.toMatchObject({ level: 'CRITICAL' });
        // No version is laid down twice without having been taken away in between.
        for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
          const log = services.deployDriver.log.filter((line) => line === `place ${version}` || line === `discard ${version}`);
          expect(log.filter((line, at) => line === log[at - 1])).toEqual([]);
        }
      }),
      { numRuns: count(25, 400) },
    );
    expect([...seen].sort()).toEqual([...ENDS].sort());
  });
});
