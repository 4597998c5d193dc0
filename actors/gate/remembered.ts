// Answers of pure judgements of short texts, kept for the next time: the names of files come again and again, within a command and over the days of a fleet.

/** Of one judgement; a text may keep the command alive that it was cut from, so there are not many. */
const MOST = 256;
const LONGEST = 64;

/** Answers as `judge` does, which must depend on its text alone. */
export function remembered<Answer extends object | string | boolean>(judge: (text: string) => Answer): (text: string) => Answer {
  const answers = new Map<string, Answer>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = judge(text);
    if (text.length > LONGEST) return answer;
    if (answers.size >= MOST) answers.clear();
    answers.set(text, answer);
    return answer;
  };
}
