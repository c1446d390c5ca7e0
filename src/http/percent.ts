// Percent-encoding read one sequence at a time (RFC 3986 2.1), with UTF-8 judged as strictly as RFC 3629 does.
import { hexValue } from "./tokens.ts";

/** The byte that `%XX` at `index` stands for, or -1 where that is not two hex digits. */
export function encodedByte(text: string, index: number): number {
  const high = hexValue(text.charCodeAt(index + 1));
  const low = hexValue(text.charCodeAt(index + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/**
 * The end of the percent-encoded UTF-8 character that starts at `index` with `lead` (0x80 or more), or -1 where the
 * bytes are overlong, a surrogate, beyond U+10FFFF, cut short, a C1 control character, or not UTF-8 at all.
 */
export function encodedCharacterEnd(text: string, index: number, lead: number): number {
  let more: number;
  let lowest = 0x80;
  let highest = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    more = 1;
    if (lead === 0xc2) lowest = 0xa0;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    more = 2;
    if (lead === 0xe0) lowest = 0xa0;
    else if (lead === 0xed) highest = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    more = 3;
    if (lead === 0xf0) lowest = 0x90;
    else if (lead === 0xf4) highest = 0x8f;
  } else {
    return -1;
  }
  let at = index + 3;
  for (; more > 0; more -= 1) {
    if (text.charCodeAt(at) !== 0x25) return -1;
    const byte = encodedByte(text, at);
    if (byte < lowest || byte > highest) return -1;
    lowest = 0x80;
    highest = 0xbf;
    at += 3;
  }
  return at;
}
