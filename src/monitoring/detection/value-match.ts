// Whether a field's value is what a rule asks for: Sigma's values, wildcards and modifiers.
import { RE2JS } from "re2js";
import { AddressSet, AddressSetError } from "../../http/address-set.ts";
import type { FieldValue } from "./field.ts";

export type Matcher = (value: FieldValue) => boolean;

/** A matcher, or what is wrong with what was asked for. */
type Make = (wanted: string | number) => Matcher | string;

const asText = (value: FieldValue): string => (value === undefined ? "" : String(value).toLowerCase());
const word = (compare: (value: string, wanted: string) => boolean): Make => {
  return (wanted) => {
    const lower = String(wanted).toLowerCase();
    return (value) => value !== undefined && compare(asText(value), lower);
  };
};
const order = (compare: (value: number, wanted: number) => boolean): Make => {
  return (wanted) =>
    typeof wanted === "number"
      ? (value) => typeof value === "number" && compare(value, wanted)
      : "this asks for a number";
};

/** Values are compared without regard to letter case, as Sigma has it. */
const MODIFIERS: Readonly<Record<string, Make>> = {
  contains: word((value, wanted) => value.includes(wanted)),
  startswith: word((value, wanted) => value.startsWith(wanted)),
  endswith: word((value, wanted) => value.endsWith(wanted)),
  lt: order((value, wanted) => value < wanted),
  lte: order((value, wanted) => value <= wanted),
  gt: order((value, wanted) => value > wanted),
  gte: order((value, wanted) => value >= wanted),
  re: (wanted) => {
    try {
      const pattern = RE2JS.compile(String(wanted));
      return (value) => value !== undefined && pattern.matcher(String(value)).find();
    } catch {
      return "this is no regular expression that runs in linear time";
    }
  },
  cidr: (wanted) => {
    try {
      const set = new AddressSet([String(wanted)]);
      return (value) => typeof value === "string" && set.has(value);
    } catch (error) {
      return error instanceof AddressSetError ? error.message : "this is no network";
    }
  },
};

/** Of `field|modifier: wanted`. A list means any of it, with `all` every one. */
export function matcherOf(modifiers: readonly string[], wanted: unknown): Matcher | string {
  const all = modifiers.includes("all");
  const [modifier, ...more] = modifiers.filter((name) => name !== "all");
  if (more.length > 0) return `${modifiers.join("|")}: one modifier is enough`;
  if (modifier === "exists") {
    if (typeof wanted !== "boolean") return "exists is true or false";
    return (value) => (value !== undefined) === wanted;
  }
  if (modifier !== undefined && !Object.hasOwn(MODIFIERS, modifier)) {
    return `there is no modifier ${modifier}: known are ${[...Object.keys(MODIFIERS), "exists", "all"].join(", ")}`;
  }
  const make = modifier === undefined ? equal : (MODIFIERS[modifier] as Make);
  const made: Matcher[] = [];
  for (const one of Array.isArray(wanted) ? (wanted as unknown[]) : [wanted]) {
    if (one === null) {
      made.push((value) => value === undefined);
      continue;
    }
    if (typeof one !== "string" && typeof one !== "number")
      return "a value is a text, a number, null, or a list of them";
    const matcher = make(one);
    if (typeof matcher === "string") return matcher;
    made.push(matcher);
  }
  if (made.length === 1) return made[0] as Matcher;
  return all ? (value) => made.every((matches) => matches(value)) : (value) => made.some((matches) => matches(value));
}

/** Any run of characters, any one. */
export const WILDCARD = /[*?]/;

/** Without a modifier: equal, where `*` is any run of characters and `?` any one. */
const equal: Make = (wanted) => {
  if (typeof wanted === "number") return (value) => value === wanted;
  const lower = wanted.toLowerCase();
  if (!WILDCARD.test(lower)) return (value) => value === wanted || (value !== undefined && asText(value) === lower);
  const source = lower.replaceAll(/[.*+?^${}()|[\]\\]/g, (found) =>
    found === "*" ? ".*" : found === "?" ? "." : `\\${found}`,
  );
  const pattern = RE2JS.compile(`^(?:${source})$`, RE2JS.DOTALL);
  return (value) => value !== undefined && pattern.matcher(asText(value)).find();
};
