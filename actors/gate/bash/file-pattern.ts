// Patterns of file names, matched against one name at a time. A bracket expression is taken to match any character: a pattern matches here whenever bash
// would let it.

/** Undefined when it holds what bash may read as more than `*`, `?` and brackets. */
export function readPattern(component: string): string | undefined {
  // Behind the last one that ends, no bracket needs to be looked for.
  const end = component.lastIndexOf(']') + 1;
  const pattern = component.slice(0, end).replace(/\[[^\]]*\]/g, '?') + component.slice(end);
  return /[[\]\\()|]/.test(pattern) ? undefined : pattern;
}

/** `*` first takes nothing, and one character more whenever the rest does not fit. */
export function matchesPattern(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let taken = 0;
  for (let next = 0; next < name.length; ) {
    if (pattern[at] === '*') {
      star = at;
      taken = next;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[next])) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      taken += 1;
      next = taken;
      at = star + 1;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
