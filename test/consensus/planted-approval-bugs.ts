// Bugs of the way from an approval to an execution, planted one by one into a copy of the sources, and the test of its safety that finds each.
import type { PlantedBug } from './planted-bugs.ts';

export type PlantedApprovalBug = Omit<PlantedBug, 'finds'> & { readonly foundBy: string };

const PATHS = 'approval/approval-paths.test.ts';
const CASES = 'approval/approval.test.ts';
const DECISION = 'actors/approval/decision.ts';
const USE = 'actors/approval/grant-use.ts';
const LADDER = 'actors/approval/ladder.ts';
const MACHINE = 'actors/approval/approval.machine.ts';

export const PLANTED_APPROVAL_BUGS: readonly PlantedApprovalBug[] = [
  { name: 'lends its grant to another action', foundBy: PATHS, file: USE, replace: "if (actionHash !== order.verdict.actionHash) return 'hash_mismatch';", with: '' },
  {
    name: 'lends what was not granted',
    foundBy: PATHS,
    file: MACHINE,
    replace: "DECIDE: { actions: reply({ ok: false, reason: 'not_waiting' }) },\n      USE: { actions: 'refuseUse' },",
    with: "DECIDE: { actions: reply({ ok: false, reason: 'not_waiting' }) },\n      USE: { target: '.in_use', actions: ['begin', reply({ ok: true })] },",
  },
  { name: 'lends a used grant again', foundBy: CASES, file: USE, replace: "if (!order.idempotent) return 'used';", with: '' },
  { name: 'lends its grant to an activation that was thought dead', foundBy: CASES, file: USE, replace: "if (epoch < used.epoch) return 'stale_epoch';", with: '' },
  { name: 'lets who gave the work be one of the four eyes', foundBy: CASES, file: LADDER, replace: '[...new Set([agent, caller])] : [agent]', with: '[agent] : [agent]' },
  { name: 'is content with two eyes', foundBy: CASES, file: LADDER, replace: 'fourEyes ? Math.max(2, people) : people', with: 'fourEyes ? people : people' },
  { name: 'counts one person twice', foundBy: CASES, file: DECISION, replace: "votes.some((vote) => vote.by === by) ? 'voted_already' : undefined", with: 'undefined' },
  { name: 'lets any agent decide', foundBy: PATHS, file: DECISION, replace: "return isDelegate(context, by) ? undefined : 'not_asked';", with: 'return undefined;' },
  { name: 'takes the token file for a login', foundBy: CASES, file: DECISION, replace: "if (deciders.login && !decision.login) return 'login_wanted';", with: '' },
  {
    name: 'takes a decision on another action',
    foundBy: PATHS,
    file: DECISION,
    replace: "if (actionHash !== undefined && actionHash !== order.verdict.actionHash) return 'hash_mismatch';",
    with: '',
  },
  {
    name: 'waves through what nobody decided',
    foundBy: PATHS,
    file: MACHINE,
    replace: "target: '#approval.expired', actions: 'expire' }",
    with: "target: '#approval.granted', actions: 'expire' }",
  },
  { name: 'keeps a grant for ever that nobody uses', foundBy: PATHS, file: MACHINE, replace: "after: { unused: { target: 'expired', actions: 'expireUnused' } },", with: '' },
  {
    name: 'is decided by the round of another',
    foundBy: CASES,
    file: 'actors/approval/approval-round.ts',
    replace: 'return round === roundId(context) && actionHash',
    with: 'return round !== null && actionHash',
  },
  {
    name: 'confirms beforehand what takes more than one person',
    foundBy: 'approval/at-once.test.ts',
    file: 'actors/approval/at-once.ts',
    replace: "verdict.level === 'CRITICAL' || terms.login || peopleNeeded(terms) > 1",
    with: 'terms.login',
  },
  {
    name: 'executes though its grant was refused',
    foundBy: 'approval/whole-gate.test.ts',
    file: 'actors/request/request-effects.ts',
    replace: "if (!answer.ok) throw codedError('GrantRefused'",
    with: "if (answer === undefined) throw codedError('GrantRefused'",
  },
];
