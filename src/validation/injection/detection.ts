// Looks into one text for all classes of injection, also as a second reader would decode it. Linear in its bounded length.
import type { InjectionClass, TextPlace } from "./class.ts";
import { decodeEntities, HTML } from "./html.ts";
import { LDAP } from "./ldap.ts";
import { LINE_BREAK } from "./line-break.ts";
import { NOSQL } from "./nosql.ts";
import { PATH } from "./path.ts";
import { SERVER_REQUEST } from "./server-request.ts";
import { SHELL } from "./shell.ts";
import { SQL } from "./sql.ts";
import { TEMPLATE } from "./template.ts";
import { XPATH } from "./xpath.ts";

export const CLASSES: readonly InjectionClass[] = [
  HTML,
  NOSQL,
  SQL,
  SHELL,
  TEMPLATE,
  LDAP,
  XPATH,
  LINE_BREAK,
  PATH,
  SERVER_REQUEST,
];

/** A set of classes: bit `i` is `CLASSES[i]`. */
export type ClassSet = number;

export const ALL_CLASSES: ClassSet = 2 ** CLASSES.length - 1;

/** Of a longer text only the beginning is looked at: attacks begin where the text is put in. */
export const LOOKED_AT_CHARACTERS_MAX = 32_768;

/** By ASCII code: the classes that need that character. */
const NEEDED_BY = Uint16Array.from({ length: 128 }, (_, code) =>
  CLASSES.reduce((set, { needs }, i) => (needs.includes(String.fromCharCode(code)) ? set | (1 << i) : set), 0),
);
const OTHERWISE: readonly (readonly [bit: ClassSet, needs: RegExp])[] = CLASSES.flatMap(({ orNeeds }, i) =>
  orNeeds === undefined ? [] : [[1 << i, orNeeds] as const],
);

/** The first class that the text looks like. `among`: the classes that can be there at all. */
export function detect(text: string, place: TextPlace, among: ClassSet): InjectionClass | undefined {
  const looked = text.length > LOOKED_AT_CHARACTERS_MAX ? text.slice(0, LOOKED_AT_CHARACTERS_MAX) : text;
  const found = detectIn(looked, place, among);
  if (found !== undefined || !/[%&\\\u02b9\u02bc\uff01-\uff5e]/.test(looked)) return found;
  for (const form of otherForms(looked)) {
    const hidden = detectIn(form, place, among);
    if (hidden !== undefined) return hidden;
  }
  return undefined;
}

function detectIn(text: string, place: TextPlace, among: ClassSet): InjectionClass | undefined {
  let classes = candidates(text) & among;
  for (let i = 0; classes !== 0; i += 1, classes >>= 1) {
    if ((classes & 1) === 0) continue;
    const one = CLASSES[i] as InjectionClass;
    if (text.length >= one.charactersMin && one.detects(text, place)) return one;
  }
  return undefined;
}

/** The classes whose characters are there. */
function candidates(text: string): ClassSet {
  let found = 0;
  for (let i = 0; i < text.length && found !== ALL_CLASSES; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 128) found |= NEEDED_BY[code] as number;
  }
  for (const [bit, needs] of OTHERWISE) if ((found & bit) === 0 && needs.test(text)) found |= bit;
  return found;
}

/** The classes that a text of these characters can belong to; `alphabet` has each of them once. */
export function carriedBy(alphabet: string, lengthMax: number): ClassSet {
  const among = candidates(alphabet);
  return CLASSES.reduce((set, { charactersMin }, i) => (charactersMin > lengthMax ? set & ~(1 << i) : set), among);
}

/** What another decoder makes of the text: percent-encoding once and twice, entities, escapes, letters of other widths. */
function otherForms(text: string): string[] {
  const forms: string[] = [];
  const add = (form: string): void => {
    if (form !== text && !forms.includes(form)) forms.push(form);
  };
  const decoded = decodePercent(text);
  add(decoded);
  add(decodePercent(decoded));
  if (text.includes("&")) add(decodeEntities(text));
  if (text.includes("\\")) add(text.replace(/\\(?:u00|x)([0-9a-f]{2})/gi, (_, hex: string) => character(hex)));
  if (/[\u02b9\u02bc\uff01-\uff5e]/.test(text)) add(text.normalize("NFKC").replace(/[\u02b9\u02bc]/g, "'"));
  return forms;
}

function decodePercent(text: string): string {
  return text.includes("%") ? text.replace(/%(?:u00)?([0-9a-f]{2})/gi, (_, hex: string) => character(hex)) : text;
}

function character(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}
