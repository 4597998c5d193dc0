// What a voter of each role looks at when a round on a request opens. A role with nothing to look at abstains; what cannot be looked at
// is a no with its reason; a proposal is for the voter itself to judge.
import { posix } from 'node:path';
import type { Services } from '../../fleet/services.ts';
import type { RequestFacts } from '../../work/ports.ts';
import type { DeployPayload } from '../../work/types.ts';
import type { BallotOrder, Finding, TestRun } from '../ballot-context.ts';
import { judgeBackup } from './judge-backup.ts';
import { judgePlan } from './judge-plan.ts';
import { judgeRollback } from './judge-rollback.ts';
import { roleOf, type VoterRole } from './role.ts';

export type LookingServices = Pick<Services, 'evidence' | 'gate' | 'contain'>;

export type Look = { readonly kind: 'found'; readonly finding: Finding } | { readonly kind: 'tests'; readonly run: TestRun } | { readonly kind: 'own_mind' };

const found = (finding: Finding): Look => ({ kind: 'found', finding });
const vote = (word: Finding['vote'], why: string, evidence: unknown = null): Look => found({ vote: word, why, evidence });

export async function lookInto(order: BallotOrder, services: LookingServices, now: number): Promise<Look> {
  const { evidence } = services;
  const voter = await evidence.agent(order.voter);
  if (order.purpose === 'proposal') return { kind: 'own_mind' };
  if (voter === undefined) return vote('no', `there is no agent '${order.voter}' to look at it: name another in the policy's electorate`);
  const request = await evidence.request(order.subject);
  if (request === undefined) return vote('no', `there is no request '${order.subject}'`);
  return LOOKS[roleOf(voter)](order, request, services, now);
}

type RoleLook = (order: BallotOrder, request: RequestFacts, services: LookingServices, now: number) => Promise<Look>;

const LOOKS: Readonly<Record<VoterRole, RoleLook>> = {
  supervisor: async ({ actionHash }, request, { evidence }) => found(judgePlan(actionHash, request, await evidence.plan(request.planId))),
  database: async (_order, _request, { evidence }, now) => found(judgeBackup(await evidence.latestVerifiedBackup(), now)),
  deployment: async (_order, { action, surroundings }, { evidence }) =>
    action.type === 'DEPLOYMENT'
      ? found(judgeRollback(action.payload, await evidence.rollbackTarget(action.payload, surroundings)))
      : vote('abstain', 'it is no deployment: nothing to roll back'),
  testing: (_order, request, services) => lookForTests(request, services),
  other: async () => vote('abstain', 'this role has nothing to look at'),
};

/** A folder of the workspace by its spelling; what is spelt otherwise has no tests of its own. */
function partOf({ source = '.' }: DeployPayload): string | undefined {
  const part = posix.normalize(source);
  return posix.isAbsolute(part) || part === '.' || part.split('/').includes('..') ? undefined : part;
}

/** The workspace's test command runs as part of the round, contained and up to MEDIUM: nothing else is run unasked. */
async function lookForTests({ action: asked, surroundings }: RequestFacts, { evidence, gate, contain }: LookingServices): Promise<Look> {
  const part = asked.type === 'DEPLOYMENT' ? partOf(asked.payload) : undefined;
  // What is deployed may have tests of its own; else those of the whole workspace say something of it.
  const own = part === undefined ? undefined : await evidence.testCommand(posix.join(surroundings.workspace, part));
  const command = own ?? (await evidence.testCommand(surroundings.workspace));
  if (command === undefined) return vote('abstain', 'the workspace says nowhere how it is tested');
  const action = { type: 'BASH_COMMAND' as const, payload: { command, ...(own === undefined || part === undefined ? {} : { cwd: part }) } };
  const verdict = await gate.assess(action, surroundings, null);
  if (verdict.level === 'HIGH' || verdict.level === 'CRITICAL') return vote('no', `${command} was not run: it is rated ${verdict.level}`, { command, verdict });
  if (contain(verdict) === null) return vote('abstain', `${command} was not run: this machine cannot contain it`, { command, verdict });
  return { kind: 'tests', run: { action, surroundings, verdict } };
}
