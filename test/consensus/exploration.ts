// A small model checker for the round actor. The real statechart is stepped by the kernel's own stepper from every state that it can
// reach, with every message that may come there: any order, any number of times, or never. Each step begins from what a disk would
// hold, so a crash between any two steps is part of every path; a crash within one leaves the state it began from.
import { roundMachine } from '../../actors/consensus/round.machine.ts';
import type { RoundContext } from '../../actors/consensus/round-context.ts';
import type { RoundOrder } from '../../actors/consensus/round-order.ts';
import { SimulatedClock } from '../../runtime/index.ts';
import { type Snapshot, Stepper } from '../../runtime/step.ts';
import { electors, FOREIGN, HASH, messagesOf, ROUND, rememberingVerify, type Sent } from './messages.ts';
import { type Heard, isWon, outcomeOf, type Rules, type Word } from './oracle.ts';

export interface Setup {
  readonly count: number;
  readonly quorum: number;
  readonly threshold: number;
  /** How many of them hold a veto. */
  readonly vetoes: number;
  /** Voters of one kind are treated alike, so their states are counted as one. False: no two are. */
  readonly symmetric?: boolean;
}

export interface Explored {
  readonly states: number;
  readonly steps: number;
  /** Of all final outcomes that were reached. */
  readonly outcomes: readonly string[];
  /** What was violated, with the path there; empty for a round that is right. */
  readonly violations: readonly string[];
}

interface State {
  /** JSON, as on disk. */
  readonly disk: string;
  /** Valid votes that came before the decision. */
  readonly heard: Heard;
  readonly told: readonly string[];
  readonly path: readonly string[];
}

type Event = { readonly name: string; readonly sent?: Sent; readonly message: { readonly type: string } };

const CELL = { address: `rounds/${ROUND}`, parent: 'rounds', getSnapshot: () => undefined, receive: () => undefined };
const DEADLINE: Event = { name: 'deadline', message: { type: 'xstate.after.deadline.round.open' } };
const KEPT: Event = { name: 'a day later', message: { type: 'xstate.after.kept.round.decided' } };
const WITHDRAW: Event = { name: 'withdraw', message: { type: 'WITHDRAW', by: 'opener', why: 'cancelled' } as { type: string } };
const MOST_VIOLATIONS = 3;

export function exploreRound({ count, quorum, threshold, vetoes, symmetric = true }: Setup): Explored {
  const electorate = electors(count);
  const voters = electorate.map(({ voter }) => voter);
  const rules: Rules = { voters, quorum, threshold, veto: voters.slice(0, vetoes) };
  const clock = new SimulatedClock();
  const keys = { publicKeys: () => Promise.reject(new Error('keys are pinned')), sign: () => Promise.reject(new Error('nobody signs here')) };
  const logic = roundMachine({ clock, voterKeys: keys }, rememberingVerify);
  const stepper = new Stepper(clock, () => undefined);
  const order: RoundOrder = {
    id: ROUND,
    purpose: 'request',
    subject: 's',
    actionHash: HASH,
    summary: '',
    electorate,
    quorum,
    threshold,
    veto: [...rules.veto],
    deadlineMs: 1_000,
    replyTo: 'opener',
    openedBy: 'opener',
  };

  const violations: string[] = [];
  const outcomes = new Set<string>();
  const seen = new Set<string>();
  const queue: State[] = [];
  let steps = 0;

  const restore = (disk: string): Snapshot => stepper.restore(CELL, logic, JSON.parse(disk));
  const contextOf = (disk: string): RoundContext => (JSON.parse(disk) as { context: RoundContext }).context;

  /** What tells states apart; how often something was refused does not. */
  function keyOf({ disk, told }: State): string {
    const { value, status, context } = JSON.parse(disk) as { value: unknown; status: string; context: RoundContext };
    const standing = voters.map((voter, index) => {
      const word = context.box.void.includes(voter) ? 'void' : (context.box.votes[voter]?.vote ?? 'missing');
      return `${index < vetoes ? 'veto' : 'plain'} ${word}`;
    });
    return JSON.stringify([value, status, context.outcome, told, symmetric ? standing.sort() : standing]);
  }

  function add(state: State): void {
    const key = keyOf(state);
    if (seen.has(key)) return;
    seen.add(key);
    queue.push(state);
  }

  function violate({ path }: State, event: string, what: string): void {
    if (violations.length < MOST_VIOLATIONS) violations.push(`${what}: ${[...path, event].join(', ')}`);
  }

  /** One of each kind and standing stands for the others. */
  function representatives({ disk }: State): readonly string[] {
    if (!symmetric) return voters;
    const { box } = contextOf(disk);
    const kinds = new Map(voters.map((voter, index) => [JSON.stringify([index < vetoes, box.votes[voter]?.vote, box.void.includes(voter)]), voter]));
    return [...kinds.values()];
  }

  function eventsOf(state: State): readonly Event[] {
    const votes = representatives(state).flatMap((voter) =>
      messagesOf(voter).map((sent): Event => ({ name: `${voter} ${sent.message.vote.vote}${sent.word === null ? ' (worthless)' : ''}`, sent, message: sent.message })),
    );
    return [...votes, { name: 'mallory', sent: FOREIGN, message: FOREIGN.message }, DEADLINE, KEPT, WITHDRAW];
  }

  function hear(heard: Heard, { voter, word }: Sent): Heard {
    const before: readonly Word[] = heard[voter] ?? [];
    return word === null || before.includes(word) ? heard : { ...heard, [voter]: [...before, word] };
  }

  function take(state: State, event: Event): void {
    steps += 1;
    const before = contextOf(state.disk);
    const result = stepper.transition(CELL, logic, restore(state.disk), event.message as never);
    if (!result.ok) return violate(state, event.name, `the step failed with ${String(result.error)}`);
    const disk = JSON.stringify(stepper.persist(logic, result.snapshot));
    const after = contextOf(disk);
    const heard = before.outcome !== null || event.sent === undefined ? state.heard : hear(state.heard, event.sent);
    const tells = result.output.sends.filter(({ message }) => message.type === 'ROUND_DECIDED').map(({ message }) => String((message as unknown as { outcome: string }).outcome));
    const told = [...state.told, ...tells];
    const violated = (what: string): void => violate(state, event.name, what);

    if (told.length > 1) violated(`told twice: ${told.join(', ')}`);
    if (before.outcome !== null && after.outcome !== before.outcome) violated(`decided twice: ${before.outcome}, then ${String(after.outcome)}`);
    if (before.outcome === null && after.outcome !== null) checkDecision(after, heard, tells, event, violated);
    if (after.outcome === null && outcomeOf(rules, heard) !== undefined) violated(`not decided though it is ${String(outcomeOf(rules, heard))}`);
    const facts = result.output.facts.filter(({ kind }) => kind === 'round.decided').map(({ body }) => (body as { outcome: string }).outcome);
    if (facts.length !== (before.outcome === null && after.outcome !== null ? 1 : 0) || facts.some((outcome) => outcome !== after.outcome))
      violated('the record says something else');
    if (event.sent?.word === null && JSON.stringify(after.box) !== JSON.stringify(before.box)) violated('a worthless vote has changed something');
    if (after.outcome === null && (event === DEADLINE || event === WITHDRAW)) violated('it does not end');
    if (result.snapshot.status === 'done' && before.outcome === null) violated('it ended undecided');
    if (result.snapshot.status === 'active') add({ disk, heard, told, path: [...state.path, event.name] });
  }

  function checkDecision({ outcome }: RoundContext, heard: Heard, tells: readonly string[], event: Event, violated: (what: string) => void): void {
    outcomes.add(String(outcome));
    if (outcome !== 'withdrawn' && tells[0] !== outcome) violated(`its opener was told ${tells[0] ?? 'nothing'}, and it is ${String(outcome)}`);
    const expected = event === DEADLINE ? 'expired' : event === WITHDRAW ? 'withdrawn' : outcomeOf(rules, heard);
    if (outcome !== expected) violated(`${String(outcome)}, and by its votes it is ${String(expected)}`);
    if (outcome === 'accepted' && !isWon(rules, heard)) violated('accepted without the votes');
  }

  const first = stepper.initial(CELL, logic, order);
  if (!first.ok) throw first.error;
  add({ disk: JSON.stringify(stepper.persist(logic, first.snapshot)), heard: {}, told: [], path: [] });
  for (let state = queue.shift(); state !== undefined && violations.length < MOST_VIOLATIONS; state = queue.shift()) for (const event of eventsOf(state)) take(state, event);
  return { states: seen.size, steps, outcomes: [...outcomes].sort(), violations };
}

/** Every way to set up a round of so many voters, or a part of them that has each number at its ends and in its middle. */
export function setups(count: number, every: boolean): readonly Setup[] {
  const numbers = (from: number): readonly number[] => {
    const all = Array.from({ length: count - from + 1 }, (_, index) => from + index);
    return every ? all : [...new Set([all[0] ?? from, all[Math.floor((all.length - 1) / 2)] ?? from, count])];
  };
  return numbers(1).flatMap((quorum) => numbers(1).flatMap((threshold) => numbers(0).map((vetoes) => ({ count, quorum, threshold, vetoes }))));
}
