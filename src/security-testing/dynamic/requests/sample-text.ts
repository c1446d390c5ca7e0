// Texts that a schema allows: by its pattern, its format and its lengths. Plain letters and digits wherever those do.
import randexp from "randexp";
import type { Schema } from "./conjuncts.ts";

/** Its types say otherwise: what it exports is the class itself. */
const RandExp = randexp as unknown as typeof randexp.default;

export type Random = () => number;

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const WORD_LENGTH = 8;
/** Repetitions without an end of their own. */
const REPEATED_MAX = 6;
/** A text is never longer than it must be, unless it must be long. */
const LENGTH_MAX = 100_000;

/** Undefined: nothing fits, or nobody knows how to make it. The caller judges what comes. */
export function sampleText(schema: Schema, random: Random): string | undefined {
  const { pattern, format, contentEncoding } = schema;
  const least = numberOr(schema["minLength"], 0);
  const most = numberOr(schema["maxLength"], Number.POSITIVE_INFINITY);
  if (least > LENGTH_MAX) return undefined;
  if (typeof pattern === "string") return matching(pattern, least, most, random);
  const known = typeof format === "string" ? FORMATS[format] : undefined;
  if (known !== undefined) return known(random);
  if (contentEncoding === "base64") return Buffer.from(word(random)).toString("base64");
  return fitted(`test-${word(random)}`, least, most, random);
}

function fitted(text: string, least: number, most: number, random: Random): string {
  let long = text;
  while (long.length < least) long += word(random);
  // The end differs from call to call, the beginning does not.
  return long.length <= most ? long.slice(0, Math.max(least, text.length)) : long.slice(long.length - most);
}

function matching(pattern: string, least: number, most: number, random: Random): string | undefined {
  let shortest: string | undefined;
  for (const repeated of [REPEATED_MAX, Math.max(1, Math.min(most, LENGTH_MAX)), 1, Math.max(least, 1)]) {
    const text = generated(pattern, repeated, random);
    if (text === undefined) return undefined;
    const { length } = Array.from(text);
    if (length >= least && length <= most) return text;
    shortest ??= text;
  }
  return shortest;
}

/** `undefined` where the pattern is one that the generator does not know; classes are filled with what is plain. */
function generated(pattern: string, repeated: number, random: Random): string | undefined {
  try {
    const maker = new RandExp(withoutNames(pattern));
    maker.max = repeated;
    maker.randInt = (from, to) => from + Math.floor(random() * (to - from + 1));
    return maker.gen();
  } catch {
    return undefined;
  }
}

/** Properties of letters as plain ranges: the generator reads no `\\p{…}`. */
function withoutNames(pattern: string): string {
  let isInClass = false;
  return pattern.replaceAll(/\\[pP]\{[^}]*\}|\\.|\[|\]/gs, (token) => {
    if (token === "[") isInClass = true;
    else if (token === "]") isInClass = false;
    if (!token.startsWith("\\p{")) return token;
    const range = RANGES.find(([names]) => names.test(token))?.[1] ?? "a-z";
    return isInClass ? range : `[${range}]`;
  });
}

const RANGES: readonly (readonly [RegExp, string])[] = [
  [/\{(?:Lu|Uppercase)/, "A-Z"],
  [/\{N/, "0-9"],
];

export function word(random: Random): string {
  let text = "";
  for (let i = 0; i < WORD_LENGTH; i += 1) text += LETTERS[Math.floor(random() * LETTERS.length)] as string;
  return text;
}

function hex(length: number, random: Random): string {
  let text = "";
  for (let i = 0; i < length; i += 1) text += Math.floor(random() * 16).toString(16);
  return text;
}

/** Days ahead of all that a test could take for past. */
function day(random: Random): string {
  return `20${31 + Math.floor(random() * 9)}-0${1 + Math.floor(random() * 9)}-1${Math.floor(random() * 10)}`;
}

const FORMATS: Readonly<Record<string, (random: Random) => string>> = {
  email: (random) => `${word(random)}@example.com`,
  "idn-email": (random) => `${word(random)}@example.com`,
  hostname: (random) => `${word(random)}.example.com`,
  "idn-hostname": (random) => `${word(random)}.example.com`,
  uuid: (random) => `${hex(8, random)}-${hex(4, random)}-4${hex(3, random)}-8${hex(3, random)}-${hex(12, random)}`,
  date: day,
  time: () => "12:30:00Z",
  "date-time": (random) => `${day(random)}T12:30:00Z`,
  duration: (random) => `P${1 + Math.floor(random() * 9)}D`,
  uri: (random) => `https://example.com/${word(random)}`,
  url: (random) => `https://example.com/${word(random)}`,
  iri: (random) => `https://example.com/${word(random)}`,
  "uri-reference": (random) => `/${word(random)}`,
  "iri-reference": (random) => `/${word(random)}`,
  "uri-template": (random) => `/${word(random)}/{id}`,
  ipv4: () => "192.0.2.1",
  ipv6: () => "2001:db8::1",
  byte: (random) => Buffer.from(word(random)).toString("base64"),
  "json-pointer": (random) => `/${word(random)}`,
  "relative-json-pointer": () => "0",
  regex: (random) => word(random),
};

export function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
