// Cross-site scripting (CWE-79): tags that run, attributes that run, and addresses that run.
import type { InjectionClass } from "./class.ts";
import { isHandler } from "./html-events.ts";

export const HTML: InjectionClass = {
  name: "html",
  title: "active HTML",
  needs: "<:=",
  charactersMin: 8,
  detects(text) {
    return hasActiveTag(text) || breaksOutOfAttribute(text) || isActiveAddress(text);
  },
};

/** They run, or load what runs, by being there. */
const ACTIVE_TAGS = new Set([
  "script",
  "iframe",
  "object",
  "embed",
  "applet",
  "base",
  "frame",
  "frameset",
  "portal",
  "xml",
  "xss",
  "isindex",
  "noembed",
]);
/** Attributes whose value is an address that a browser may go to. */
const ADDRESSES = new Set([
  "href",
  "src",
  "action",
  "formaction",
  "xlink:href",
  "data",
  "background",
  "poster",
  "srcdoc",
  "to",
  "from",
  "values",
  "lowsrc",
  "dynsrc",
]);

/** A tag's name begins at once behind `<`; browsers take anything but letters to end it. */
const TAG = /<[/?!]?([a-z][^\s/>"'=<\u0000]*)/giy;

function hasActiveTag(text: string): boolean {
  const ends = new ValueEnds(text);
  const seen = new Set<number>();
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at + 1)) {
    TAG.lastIndex = at;
    const found = TAG.exec(text);
    if (found === null) continue;
    const name = (found[1] as string).toLowerCase();
    const isClosing = text[at + 1] === "/";
    const bare = name.replace(/[^a-z].*$/, "");
    // Ones with a hyphen are elements of one's own, such as `script-editor`.
    if (!isClosing && (ACTIVE_TAGS.has(name) || (ACTIVE_TAGS.has(bare) && !name.includes("-")))) return true;
    if (hasActiveAttribute(text, TAG.lastIndex, ends, seen)) return true;
  }
  return false;
}

const ATTRIBUTE = /[\s/"'\u0000]*([^\s/>"'=<\u0000]+)(\s*=\s*)?/y;
/** Of a value that much is looked at. Longer ones are pictures, not code. */
const VALUE_CHARACTERS_MAX = 1_024;

/** `seen`: where an attribute was looked at before. Tags may stand in the values of others, and share what follows. */
function hasActiveAttribute(text: string, from: number, ends: ValueEnds, seen: Set<number>): boolean {
  for (let at = from; at < text.length && text[at] !== ">" && !seen.has(at);) {
    seen.add(at);
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(text);
    if (found === null) return false;
    at = ATTRIBUTE.lastIndex;
    if (found[2] === undefined) continue;
    const name = (found[1] as string).toLowerCase();
    const isQuoted = QUOTES.has(text.charAt(at));
    const start = isQuoted ? at + 1 : at;
    const end = ends.of(start, isQuoted ? text.charAt(at) : "");
    at = isQuoted ? end + 1 : end;
    const value = text.slice(start, Math.min(end, start + VALUE_CHARACTERS_MAX));
    if (isHandler(name)) return true;
    if (ADDRESSES.has(name) && (isActiveAddress(value) || name === "srcdoc")) return true;
    if (name === "style" && /expression\s*\(|javascript:|-moz-binding|behaviou?r\s*:/i.test(value)) return true;
    if (name === "http-equiv" && /refresh/i.test(value)) return true;
  }
  return false;
}

const QUOTES: ReadonlySet<string> = new Set(['"', "'", "`"]);
const UNQUOTED_END = /[\s>"'`]/g;

/** Where values end, each looked for once: of tags in the value of another, thousands may have one end. */
class ValueEnds {
  readonly #text: string;
  readonly #known = new Map<string, { readonly from: number; readonly end: number }>();

  constructor(text: string) {
    this.#text = text;
  }

  /** The end of the text where none comes. */
  of(from: number, quote: string): number {
    const known = this.#known.get(quote);
    if (known !== undefined && from >= known.from && from <= known.end) return known.end;
    const found = quote === "" ? this.#unquotedEnd(from) : this.#text.indexOf(quote, from);
    const end = found < 0 ? this.#text.length : found;
    this.#known.set(quote, { from, end });
    return end;
  }

  #unquotedEnd(from: number): number {
    UNQUOTED_END.lastIndex = from;
    return UNQUOTED_END.exec(this.#text)?.index ?? -1;
  }
}

/** A quote that ends an attribute, and a handler behind it. */
const BREAK_OUT = /["'`][\s/>]*(?:[a-z-]{1,20}\s?=\s?["']?[\w-]*["']?[\s/]+)?(on[a-z]{3,20})\s?=\s?\S/gi;

function breaksOutOfAttribute(text: string): boolean {
  if (!/on[a-z]{3,20}\s*=/i.test(text)) return false;
  for (const [, name] of text.replace(/\s+/g, " ").matchAll(BREAK_OUT)) {
    if (isHandler((name as string).toLowerCase())) return true;
  }
  return false;
}

const SCHEME = /^[\u0000-\u0020]*(?:javascript|vbscript|livescript|data)[\u0000-\u0020]*:/i;

/** Browsers overlook line breaks and tabs inside of a scheme, and read entities in attributes. */
function isActiveAddress(value: string): boolean {
  if (!/^[\u0000-\u0020]*[jvld&]/i.test(value)) return false;
  const read = decodeEntities(value.slice(0, 512)).replace(/[\t\n\r\u0000]+/g, "");
  const scheme = SCHEME.exec(read)?.[0];
  if (scheme === undefined) return false;
  // `JavaScript: The Good Parts` calls nothing.
  if (!/data/i.test(scheme)) return /[(=`%;[/\\]/.test(read.slice(scheme.length));
  return /^[\s\u0000-\u0020]*data:\s*(?:text\/html|image\/svg\+xml|text\/xml|application\/xhtml)/i.test(read);
}

const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(colon|tab|newline|lpar|rpar|lt|gt|quot|apos|sol));?/gi;
const NAMED: Readonly<Record<string, string>> = {
  colon: ":",
  tab: "\t",
  newline: "\n",
  lpar: "(",
  rpar: ")",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  sol: "/",
};

export function decodeEntities(text: string): string {
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
