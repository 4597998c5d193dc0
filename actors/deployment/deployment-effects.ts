// What a deployment does to the world, step by step. Each may be cut off anywhere and begun again under the deployment's key, with the same
// end: a grant is used once, a version is laid down once, a link leads where it leads.
import { codedError, effect } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { refuseAction } from '../gate/granted-action.ts';
import { isAtLeast } from '../gate/verdict.ts';
import { readStepOutcome } from '../work/outcome.ts';
import type { DeployedVersion, DeployWish } from '../work/ports.ts';
import type { Action, ExecuteOrder, RiskVerdict, StepOutcome, Surroundings } from '../work/types.ts';
import type { DeploymentContext, DeploymentOrder } from './deployment-context.ts';

export type DeploymentServices = Pick<Services, 'clock' | 'approvals' | 'gate' | 'contain' | 'hosts' | 'hidden' | 'deployDriver' | 'versions'>;

const ASK_MS = 60_000;
const GIT_MS = 10 * 60_000;
/** Beyond what a target may take to drain and to end. */
const RETIRE_MS = 30 * 60_000;
const SESSION_WAIT_MS = 60_000;
const HOST_GRACE_MS = 30_000;

export function wishOf({ order }: Pick<DeploymentContext, 'order'>, { hidden }: Pick<Services, 'hidden'>): DeployWish {
  return { key: order.id, payload: order.payload, surroundings: order.surroundings, hidden };
}

/** Journalled before it resolves: a node that may write no more gets no yes. */
export function admitEffect({ approvals }: DeploymentServices) {
  return effect<{ readonly ok: boolean }, DeploymentOrder>({
    idempotent: true,
    deadlineMs: ASK_MS,
    async run({ input: { grant, actionHash }, epoch }) {
      if (grant === null) throw codedError('GrantRefused', { approval: 'none', reason: 'not_granted' });
      const answer = await approvals.use(grant.approval, { actionHash, use: grant.use, epoch });
      if (!answer.ok) throw codedError('GrantRefused', { approval: grant.approval, reason: answer.reason });
      return { ok: true };
    },
  });
}

export interface FoundThere {
  /** What runs in the place. */
  readonly running: DeployedVersion | null;
  /** The version lies there already. */
  readonly there: boolean;
}

/** Rejects when the action is not what was granted any more. */
export function checkEffect(services: DeploymentServices) {
  return effect<FoundThere, DeploymentContext>({
    idempotent: true,
    deadlineMs: ({ order }) => order.timeoutMs,
    async run({ input, signal }) {
      const { payload, surroundings, actionHash, looked } = input.order;
      const action: Action = { type: 'DEPLOYMENT', payload };
      const refusal = await refuseAction({ action, surroundings, actionHash, ...(looked === null ? {} : { looked }) });
      if (refusal !== undefined) throw refusal;
      const wish = wishOf(input, services);
      return { running: await services.deployDriver.current(wish, signal), there: await services.deployDriver.holds(wish, payload.version) };
    },
  });
}

export function recordEffect({ versions }: DeploymentServices) {
  return effect<{ readonly commit: string | null }, DeploymentOrder>({
    idempotent: true,
    deadlineMs: GIT_MS,
    async run({ input: { id, payload, surroundings } }) {
      const { environment, version } = payload;
      return { commit: await versions.record({ workspace: surroundings.workspace, deployment: id, message: `Deployment ${id}: ${version} to ${environment}` }) };
    },
  });
}

export function placeEffect(services: DeploymentServices) {
  return effect<NonNullable<DeploymentContext['placed']>, DeploymentContext>({
    idempotent: true,
    deadlineMs: ({ order }) => order.timeoutMs,
    run: ({ input, signal }) => services.deployDriver.place(wishOf(input, services), signal),
  });
}

/** For a way back: the version that it leads to is looked at before anything leads there. */
export function leadEffect(services: DeploymentServices) {
  return effect<{ readonly to: string | null }, { readonly context: DeploymentContext; readonly to: DeployedVersion | null }>({
    idempotent: true,
    deadlineMs: ({ context }) => context.order.timeoutMs,
    async run({ input: { context, to }, signal }) {
      const wish = wishOf(context, services);
      if (to !== null) await refuseFault(services, wish, to, signal);
      await services.deployDriver.lead(wish, to?.version ?? null, signal);
      return { to: to?.version ?? null };
    },
  });
}

async function refuseFault({ deployDriver }: DeploymentServices, wish: DeployWish, version: DeployedVersion, signal: AbortSignal): Promise<void> {
  const problem = await deployDriver.fault(wish, version, signal);
  if (problem !== undefined) throw codedError('DeployRefused', { version: version.version, problem });
}

interface Verification {
  readonly action: Action & { readonly type: 'BASH_COMMAND' };
  readonly surroundings: Surroundings;
}

function verificationOf({ order }: DeploymentContext, { deployDriver, hidden }: DeploymentServices, { version, verify }: { version: string; verify: string }): Verification {
  const workspace = deployDriver.folderOf(wishOf({ order }, { hidden }), version);
  return { action: { type: 'BASH_COMMAND', payload: { command: verify } }, surroundings: { ...order.surroundings, workspace } };
}

/** What runs now, and its command; null for nothing, or a version without one. */
function toVerify(context: DeploymentContext): { readonly version: string; readonly verify: string } | null {
  const aim = aimOf(context);
  const { verify } = context.order.payload;
  return aim === null || verify === undefined ? null : { version: aim.version, verify };
}

/** The command was assessed with the deployment; where it runs it must not be more dangerous than what was granted. */
export function rateEffect(services: DeploymentServices) {
  return effect<{ readonly verdict: RiskVerdict | null }, DeploymentContext>({
    idempotent: true,
    deadlineMs: ASK_MS,
    async run({ input }) {
      const wanted = toVerify(input);
      if (wanted === null) return { verdict: null };
      const { action, surroundings } = verificationOf(input, services, wanted);
      const verdict = await services.gate.assess(action, surroundings, null);
      if (verdict.level !== input.order.level && isAtLeast(verdict.level, input.order.level))
        throw codedError('VerificationFailed', { version: wanted.version, problem: `'${wanted.verify}' is rated ${verdict.level}, above what was granted` });
      return { verdict };
    },
  });
}

/** A verification looks and may be begun again. What runs is compared afterwards with what was laid down. */
export function verifyEffect(services: DeploymentServices) {
  return effect<{ readonly version: string | null }, DeploymentContext>({
    idempotent: true,
    deadlineMs: ({ order }) => order.timeoutMs + SESSION_WAIT_MS + HOST_GRACE_MS,
    async run({ input, signal, epoch, key }) {
      const wanted = toVerify(input);
      if (wanted !== null && input.verification !== null) {
        const outcome = await runCommand(input, services, wanted, input.verification, { signal, epoch, key });
        if (outcome.status !== 'succeeded')
          throw codedError('VerificationFailed', { version: wanted.version, problem: `'${wanted.verify}': ${outcome.error?.message ?? outcome.status}` });
      }
      const trouble = await services.deployDriver.trouble(wishOf(input, services), signal);
      if (trouble !== undefined) throw codedError('VerificationFailed', { version: aimOf(input)?.version ?? 'none', problem: trouble });
      return { version: await compareRunning(input, services, signal) };
    },
  });
}

async function runCommand(
  context: DeploymentContext,
  services: DeploymentServices,
  wanted: { version: string; verify: string },
  verdict: RiskVerdict,
  { signal, epoch, key }: { signal: AbortSignal; epoch: number; key: string },
): Promise<StepOutcome> {
  const { id, agent, timeoutMs } = context.order;
  const contained = services.contain(verdict);
  const looked = verdict.looked === undefined ? {} : { looked: verdict.looked };
  const limits = { containment: contained === null ? null : { ...contained, reach: 'read' as const }, hidden: services.hidden, timeoutMs };
  const order: ExecuteOrder = { request: `${id}.verify`, key, epoch, ...verificationOf(context, services, wanted), actionHash: verdict.actionHash, ...looked, ...limits };
  return readStepOutcome(await services.hosts.call(agent, 'request.execute', order, { signal, waitMs: SESSION_WAIT_MS }));
}

async function compareRunning(context: DeploymentContext, services: DeploymentServices, signal: AbortSignal): Promise<string | null> {
  const wish = wishOf(context, services);
  const expected = aimOf(context);
  const running = await services.deployDriver.current(wish, signal);
  if (running?.version === expected?.version && running?.digest === expected?.digest) return running?.version ?? null;
  const version = expected?.version ?? context.order.payload.version;
  throw codedError('VerificationFailed', { version, problem: `what runs is ${running === null ? 'nothing' : running.version}, or other files than were deployed` });
}

/** What the place leads to. */
export function lookEffect(services: DeploymentServices) {
  return effect<{ readonly version: string | null }, DeploymentContext>({
    idempotent: true,
    deadlineMs: ({ order }) => order.timeoutMs,
    async run({ input, signal }) {
      return { version: (await services.deployDriver.current(wishOf(input, services), signal))?.version ?? null };
    },
  });
}

/** What is to run in the end; null: nothing. */
export function aimOf({ order, placed, good }: DeploymentContext): DeployedVersion | null {
  const aim = order.payload.rollbackTo === undefined ? placed : good;
  return aim === null ? null : { version: aim.version, digest: aim.digest };
}

/** What ran before is not needed any more: there is a way back by a request of its own. */
export function retireEffect(services: DeploymentServices) {
  return effect<{ readonly retired: boolean }, DeploymentContext>({
    idempotent: true,
    deadlineMs: RETIRE_MS,
    async run({ input, signal }) {
      await services.deployDriver.retire(wishOf(input, services), signal);
      return { retired: true };
    },
  });
}

export function discardEffect(services: DeploymentServices) {
  return effect<{ readonly discarded: string }, DeploymentContext>({
    idempotent: true,
    deadlineMs: GIT_MS,
    async run({ input }) {
      const { version } = input.order.payload;
      await services.deployDriver.discard(wishOf(input, services), version);
      return { discarded: version };
    },
  });
}

export function markEffect({ versions }: DeploymentServices) {
  return effect<{ readonly commit: string | null }, { readonly workspace: string; readonly place: string; readonly commit: string | null }>({
    idempotent: true,
    deadlineMs: GIT_MS,
    async run({ input }) {
      await versions.mark(input);
      return { commit: input.commit };
    },
  });
}
