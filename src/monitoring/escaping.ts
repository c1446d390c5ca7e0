// Guards against forged log lines: whatever a client sends is cut, made visible and quoted before it is written.

/** Printable ASCII without `"` and `\`: the form that nearly every value has, and that needs no work. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * What a terminal, a pager or a reader of logs could take for something else: controls (ANSI escapes, line breaks),
 * line and paragraph separators, bidirectional and invisible characters, tags, private use, lone surrogates.
 */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const CUT = "...";

/** At most `charactersMax` characters; a cut is visible. ASCII: one wider character would double the memory of a batch. */
export function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  let end = charactersMax - CUT.length;
  // Half of a surrogate pair is no character.
  if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
  return text.slice(0, end) + CUT;
}

/**
 * The text with deceptive characters written out (`\u{1b}`), for terminals. It is not only JSON's own escaping:
 * who decodes the event and prints a field is safe as well.
 */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replace(DECEPTIVE, writtenOut);
}

function writtenOut(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}

/** The text as a JSON string, cut and made visible. */
export function quoted(text: string, charactersMax: number): string {
  if (text.length <= charactersMax && PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(cut(text, charactersMax).replace(DECEPTIVE, writtenOut));
}
