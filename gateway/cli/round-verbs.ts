// Verbs about rounds: what is voted on, one round with its votes, and a person's own vote.
import { codedError } from '../../runtime/index.ts';
import { type Cli, filters, nodeOf, say, sayPage } from './cli.ts';
import { clockTime, table } from './table.ts';
import { PAGE, type Verb } from './verb.ts';

interface Tally {
  readonly yes: number;
  readonly no: number;
  readonly abstain: number;
  readonly void: number;
  readonly missing: number;
}

interface Round {
  readonly id: string;
  readonly purpose: string;
  readonly subject: string;
  readonly summary: string;
  readonly openedBy: string;
  readonly electorate: ReadonlyArray<{ readonly voter: string }>;
  readonly quorum: number;
  readonly threshold: number;
  readonly veto: readonly string[];
  readonly deadlineAt: number;
  readonly outcome: string | null;
  readonly decidedBy: string | null;
  readonly tally: Tally | null;
}

interface Vote {
  readonly voter: string;
  readonly vote: string;
  readonly why: string;
  readonly receivedAt: number;
  readonly refused: string | null;
  readonly void: boolean;
}

const counted = ({ yes, no, abstain }: Tally): string => `${yes} yes, ${no} no, ${abstain} abstain`;
const standOf = ({ outcome, tally }: Round): string => (outcome === null ? 'open' : `${outcome}${tally === null ? '' : ` (${counted(tally)})`}`);

async function listRounds(cli: Cli): Promise<void> {
  const wish = filters(cli, 'all', 'limit', 'cursor');
  const answer = await nodeOf(cli).call<{ readonly items: readonly Round[]; readonly nextCursor: string | null }>('round.list', wish);
  sayPage(cli, answer, () =>
    table(
      ['ROUND', 'OUTCOME', 'UNTIL', 'VOTERS', 'SUBJECT', 'SUMMARY'],
      answer.items.map((round) => [
        round.id,
        standOf(round),
        clockTime(round.deadlineAt, cli.clock.now()),
        round.electorate.map(({ voter }) => voter).join(' '),
        round.subject,
        round.summary,
      ]),
      'nothing is voted on',
    ),
  );
}

function wordOf({ vote, refused, void: voided }: Vote): string {
  if (refused !== null) return `${vote}, refused: ${refused}`;
  return voided ? `${vote}, void` : vote;
}

function roundText(round: Round & { readonly votes: readonly Vote[] }, now: number): string {
  const { id, purpose, subject, summary, openedBy, quorum, threshold, veto, electorate, votes } = round;
  return [
    `round     ${id}: ${standOf(round)}`,
    `about     ${purpose} ${subject}${summary === '' ? '' : `: ${summary}`}`,
    `opened    by ${openedBy}, until ${clockTime(round.deadlineAt, now)}`,
    `rules     ${threshold} of ${electorate.length} must say yes, ${quorum} must vote${veto.length === 0 ? '' : `; veto: ${veto.join(', ')}`}`,
    table(
      ['AT', 'VOTER', 'VOTE', 'WHY'],
      votes.map((vote) => [clockTime(vote.receivedAt, now), vote.voter, wordOf(vote), vote.why]),
      'no votes yet',
    ),
  ].join('\n');
}

async function showRound(cli: Cli, round: string): Promise<void> {
  const seen = await nodeOf(cli).call<Round & { readonly votes: readonly Vote[] }>('round.status', { round });
  say(cli, seen, () => roundText(seen, cli.clock.now()));
}

async function vote(cli: Cli, [round = '', word = '']: readonly string[]): Promise<void> {
  const { why } = cli.options;
  if (typeof why !== 'string') throw codedError('InvalidInput', { problem: 'vote needs --why: it is what records show' });
  const answer = await nodeOf(cli).call<{ readonly voter: string }>('round.vote', { round, vote: word, why });
  say(cli, answer, () => `${answer.voter} votes ${word} in ${round}`);
}

export const ROUND_VERBS: readonly Verb[] = [
  {
    name: 'rounds',
    summary: 'what is voted on; or one round with its votes, reasons and outcome',
    args: ['[round]'],
    options: [['--all', 'also what was decided'], ...PAGE],
    example: 'troupe rounds --all',
    run: (cli, [round]) => (round === undefined ? listRounds(cli) : showRound(cli, round)),
  },
  {
    name: 'vote',
    summary: 'your vote in a round whose electorate names you: yes, no or abstain',
    args: ['<round>', '<vote>'],
    options: [['--why <text>', 'recorded; required']],
    example: 'troupe vote proposal-7f3a yes --why "the tests are green"',
    run: vote,
  },
];
