// Bugs of a round, planted one by one into a copy of its sources: what an exploration that has never found anything would be worth.
export interface PlantedBug {
  readonly name: string;
  readonly finds: RegExp;
  readonly file: string;
  readonly replace: string;
  readonly with: string;
}

const BOX = 'actors/consensus/ballot-box.ts';
const TALLY = 'actors/consensus/tally.ts';
const MACHINE = 'actors/consensus/round.machine.ts';

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'counts a voter who has said two things',
    finds: /by its votes it is|not decided though/,
    file: TALLY,
    replace: "voided.includes(voter) ? 'void' : (",
    with: "voided.length > 99 ? 'void' : (",
  },
  {
    name: 'lets the second word of a voter stand',
    finds: /by its votes it is|not decided though/,
    file: BOX,
    replace: "if (earlier !== undefined) return refuse('equivocation'",
    with: "if (earlier === null) return refuse('equivocation'",
  },
  {
    name: 'decides again when a vote comes late',
    finds: /decided twice|told twice|the record says/,
    file: MACHINE,
    replace: "on: { CAST_VOTE: { actions: 'takeVote' } },\n        after: { kept",
    with: "on: { CAST_VOTE: 'open', WITHDRAW: 'open' },\n        after: { kept",
  },
  {
    name: 'tells its opener with every late vote',
    finds: /told twice|the record says/,
    file: MACHINE,
    replace: "on: { CAST_VOTE: { actions: 'takeVote' } },\n        after: { kept",
    with: "on: { CAST_VOTE: { actions: ['takeVote', 'announce'] } },\n        after: { kept",
  },
  {
    name: 'accepts a vote on another action',
    finds: /worthless/,
    file: BOX,
    replace: "if (vote.actionHash !== actionHash) return refuse('other_action');",
    with: '',
  },
  {
    name: 'accepts a vote of another round',
    finds: /worthless/,
    file: BOX,
    replace: "if (vote.round !== round) return refuse('other_round');",
    with: '',
  },
  {
    name: 'accepts what is not signed by its voter',
    finds: /worthless/,
    file: BOX,
    replace: "if (!verify(vote, key)) return refuse('bad_signature');",
    with: '',
  },
  {
    name: 'takes votes after its decision',
    finds: /decided twice|told twice|the record says/,
    file: MACHINE,
    replace: "on: { CAST_VOTE: { actions: 'takeVote' } },\n        after: { kept",
    with: "on: { CAST_VOTE: { target: 'open', reenter: true } },\n        after: { kept",
  },
  { name: 'takes a deadline for a yes', finds: /by its votes it is/, file: MACHINE, replace: "outcome: 'expired' as const", with: "outcome: 'accepted' as const" },
  { name: 'accepts without those who hold a veto', finds: /by its votes it is/, file: TALLY, replace: "!vetoes.includes('missing')", with: 'vetoes.length >= 0' },
  { name: 'accepts without a quorum', finds: /by its votes it is/, file: TALLY, replace: 'voted >= rules.quorum &&', with: '' },
  { name: 'waits for votes that cannot matter', finds: /not decided though/, file: TALLY, replace: 'yes + missing < rules.threshold ||', with: '' },
];
