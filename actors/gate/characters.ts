// Characters that a person reading a request does not see, or sees as something else. A text that holds one is not what it looks like.

/** Emoji of several parts are joined by U+200D between pictures, where it hides nothing. */
const JOINED_PICTURES = /(?<=\p{Extended_Pictographic}[\u{fe0f}\u{1f3fb}-\u{1f3ff}]?)\u{200d}(?=\p{Extended_Pictographic})/gu;
/** Controls but tab and newline, formats (bidi, zero width, tags), private and unassigned, and every space but the plain one. */
const HIDDEN = /(?![\t\n ])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Zs}]|[\u{115f}\u{1160}\u{3164}\u{ffa0}]|\u{34f}|\u{17b4}|\u{17b5}|[\u{180b}-\u{180d}]/u;

export interface HiddenCharacter {
  readonly at: number;
  /** `U+202E` */
  readonly name: string;
}

export function hiddenCharacter(text: string): HiddenCharacter | undefined {
  if (isAscii(text)) return undefined;
  const found = HIDDEN.exec(text.replace(JOINED_PICTURES, ' '));
  if (found === null) return undefined;
  const code = found[0].codePointAt(0) ?? 0;
  return { at: found.index, name: `U+${code.toString(16).toUpperCase().padStart(4, '0')}` };
}

/** Dashes, quotes and full-width signs that a person reads as the ASCII ones; Cyrillic or Greek letters within a Latin word. */
const LOOK_ALIKE =
  /[\u{2010}-\u{2015}\u{2018}-\u{201f}\u{2024}-\u{2026}\u{2032}-\u{2037}\u{2039}-\u{203a}\u{2044}\u{2212}\u{2215}-\u{2217}\u{2223}\u{ff01}-\u{ff5e}\u{fe10}-\u{fe19}\u{fe30}-\u{fe6b}\u{a789}\u{ab}\u{bb}]|[A-Za-z][\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]|[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}][A-Za-z]/u;

/** Where a text begins to look like another one; undefined when it does not. */
export function lookAlike(text: string): number | undefined {
  return isAscii(text) ? undefined : LOOK_ALIKE.exec(text)?.index;
}

/** Without the characters of `ends` that it ends with. */
export function withoutEnd(text: string, ends: string): string {
  let end = text.length;
  while (end > 0 && ends.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0x7e || (code < 0x20 && code !== 0x09 && code !== 0x0a)) return false;
  }
  return true;
}
