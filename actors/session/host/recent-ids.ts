// Which ids were seen lately: a message that is delivered again, after a lost answer, is taken once.
const KEPT = 1_000;

/** True at the first sight of an id, as long as it is among the last thousand. */
export function recentIds(kept: number = KEPT): (id: string) => boolean {
  const seen = new Set<string>();
  return (id) => {
    if (seen.has(id)) return false;
    seen.add(id);
    const [oldest] = seen;
    if (seen.size > kept && oldest !== undefined) seen.delete(oldest);
    return true;
  };
}
