// The outcome of a round as its rules say it in words, by trying every way in which the voters who are missing could still vote. Slow,
// and written without a look at the product.
export type Word = 'yes' | 'no' | 'abstain';

export interface Rules {
  readonly voters: readonly string[];
  readonly quorum: number;
  readonly threshold: number;
  readonly veto: readonly string[];
}

/** By voter: each different word that was heard of that voter. */
export type Heard = Readonly<Record<string, readonly Word[]>>;

/** Whether a round in which everybody has had a say is won: two words of one voter are none. */
export function isWon({ voters, quorum, threshold, veto }: Rules, heard: Heard): boolean {
  const words = new Map(voters.map((voter) => [voter, (heard[voter] ?? []).length === 1 ? heard[voter]?.[0] : undefined]));
  const said = (word: Word): number => voters.filter((voter) => words.get(voter) === word).length;
  const enough = said('yes') >= threshold && said('yes') + said('no') + said('abstain') >= quorum;
  return enough && veto.every((voter) => words.get(voter) === 'yes' || words.get(voter) === 'abstain');
}

function* completions(rules: Rules, heard: Heard): Generator<Heard> {
  const missing = rules.voters.find((voter) => (heard[voter] ?? []).length === 0);
  if (missing === undefined) {
    yield heard;
    return;
  }
  for (const word of ['yes', 'no', 'abstain'] as const) yield* completions(rules, { ...heard, [missing]: [word] });
}

/** Undefined: it depends on those who have not voted, or on whether they do. */
export function outcomeOf(rules: Rules, heard: Heard): 'accepted' | 'rejected' | undefined {
  if (isWon(rules, heard)) return 'accepted';
  for (const whole of completions(rules, heard)) if (isWon(rules, whole)) return undefined;
  return 'rejected';
}
