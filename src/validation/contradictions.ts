// What no value can meet at once, as far as that is certain: types, bounds, listed values and required members that exclude each other.
import { isObject } from "../openapi/pointer.ts";
import type { Conjunct } from "./conjuncts.ts";
import { bareValue } from "./listed-values.ts";
import { isPatternProblem, linearPattern } from "./pattern.ts";
import { typeSentence } from "./sentence.ts";

export interface Contradiction {
  /** "No number fits: …" */
  readonly message: string;
  readonly remedy: string;
  /** The keyword of the first of those that exclude each other. */
  readonly keyword: string;
  readonly between: readonly Conjunct[];
}

/** Words for what a keyword speaks of, and the type that it says nothing about otherwise. */
const COUNTED = [
  ["minLength", "maxLength", "string", "No text", "characters"],
  ["minItems", "maxItems", "array", "No list", "items"],
  ["minProperties", "maxProperties", "object", "No object", "members"],
] as const;
const LOOSEN = "Loosen one of the two.";

/** How many characters a text of that format has. */
const FORMAT_LENGTHS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  uuid: [36, 36],
  date: [10, 10],
  "date-time": [20, 256],
  time: [9, 256],
  ipv4: [7, 15],
};

/** Those between schemas that all apply to one value. */
export function* contradictions(all: readonly Conjunct[]): Generator<Contradiction> {
  const types = typesOf(all);
  if (types?.allowed.size === 0) {
    const message = `Nothing fits: it must be ${types.said.map(typeSentence).join(", and ")} at once.`;
    yield { message, remedy: "Let them agree on a type.", keyword: "type", between: types.between };
    return;
  }
  const allows = (type: string): boolean => types === undefined || types.allowed.has(type);
  yield* listed(all);
  for (const [least, most, type, none, unit] of COUNTED) {
    if (allows(type)) yield* counted(all, least, most, none, unit);
  }
  if (allows("string")) yield* formats(all);
  if (allows("number") || allows("integer")) yield* numbers(all, !allows("number"));
  if (allows("object")) yield* required(all);
}

interface Types {
  readonly allowed: ReadonlySet<string>;
  readonly said: readonly unknown[];
  readonly between: readonly Conjunct[];
}

function typesOf(all: readonly Conjunct[]): Types | undefined {
  const between = all.filter(({ value }) => typeof value["type"] === "string" || Array.isArray(value["type"]));
  if (between.length === 0) return undefined;
  let allowed: ReadonlySet<string> | undefined;
  for (const { value } of between) {
    const own = ownTypes(value);
    allowed = allowed === undefined ? own : new Set([...allowed].filter((type) => own.has(type)));
  }
  const said = [...new Map(between.map(({ value }) => [JSON.stringify(value["type"]), value["type"]])).values()];
  return { allowed: allowed as ReadonlySet<string>, said, between };
}

function ownTypes(schema: Record<string, unknown>): Set<string> {
  const own = new Set<string>([schema["type"]].flat() as string[]);
  if (own.has("number")) own.add("integer");
  if (schema["nullable"] === true) own.add("null");
  return own;
}

/** `enum` and `const`: each value is held against what else is said of it. */
function* listed(all: readonly Conjunct[]): Generator<Contradiction> {
  for (const conjunct of all) {
    const keyword = "const" in conjunct.value ? "const" : "enum";
    const values = keyword === "const" ? [conjunct.value["const"]] : conjunct.value["enum"];
    if (!Array.isArray(values) || values.length === 0) continue;
    const against = new Set<Conjunct>();
    if (values.some((value) => all.every((other) => allowsValue(other, value, against)))) continue;
    const message = `Nothing fits: no value of ${keyword} is one that everything else allows.`;
    const remedy = "List values that fit, of the right type.";
    yield { message, remedy, keyword, between: [conjunct, ...against] };
    return;
  }
}

function allowsValue(other: Conjunct, value: unknown, against: Set<Conjunct>): boolean {
  const fits = bareValue(other.value, value, (pattern, text) => {
    const engine = linearPattern(pattern);
    return isPatternProblem(engine) || engine.test(text);
  });
  if (!fits) against.add(other);
  return fits;
}

interface Bound {
  readonly value: number;
  readonly exclusive: boolean;
  readonly keyword: string;
  readonly by: Conjunct;
}

function* counted(
  all: readonly Conjunct[],
  least: string,
  most: string,
  none: string,
  unit: string,
): Generator<Contradiction> {
  const low = strictest(all, [least], 1);
  const high = strictest(all, [most], -1);
  if (low === undefined || high === undefined || low.value <= high.value) return;
  const message = `${none} fits: it must have at least ${low.value} and at most ${high.value} ${unit}.`;
  yield { message, remedy: LOOSEN, keyword: low.keyword, between: [low.by, high.by] };
}

function* numbers(all: readonly Conjunct[], whole: boolean): Generator<Contradiction> {
  const low = strictest(all, ["minimum", "exclusiveMinimum"], 1);
  const high = strictest(all, ["maximum", "exclusiveMaximum"], -1);
  if (low === undefined || high === undefined) return;
  const none = low.value > high.value || (low.value === high.value && (low.exclusive || high.exclusive));
  const first = low.exclusive ? Math.floor(low.value) + 1 : Math.ceil(low.value);
  const last = high.exclusive ? Math.ceil(high.value) - 1 : Math.floor(high.value);
  if (!none && !(whole && first > last)) return;
  const from = low.exclusive ? `more than ${low.value}` : `at least ${low.value}`;
  const to = high.exclusive ? `less than ${high.value}` : `at most ${high.value}`;
  const message = `No ${whole ? "integer" : "number"} fits: it must be ${from} and ${to}.`;
  yield { message, remedy: LOOSEN, keyword: low.keyword, between: [low.by, high.by] };
}

/** The bound that leaves least: the highest (`sign` 1) or the lowest one (-1). */
function strictest(all: readonly Conjunct[], keywords: readonly string[], sign: 1 | -1): Bound | undefined {
  let strict: Bound | undefined;
  for (const by of all) {
    for (const keyword of keywords) {
      const value = by.value[keyword];
      if (typeof value !== "number") continue;
      // In 3.0 the word beside it says whether the bound itself is left out.
      const exclusive = keyword.startsWith("exclusive") || by.value[keyword.replace("m", "exclusiveM")] === true;
      const closer = strict === undefined ? 1 : (value - strict.value) * sign;
      if (closer > 0 || (closer === 0 && exclusive)) strict = { value, exclusive, keyword, by };
    }
  }
  return strict;
}

function* formats(all: readonly Conjunct[]): Generator<Contradiction> {
  for (const said of all) {
    const format = said.value["format"];
    const lengths =
      typeof format === "string" && Object.hasOwn(FORMAT_LENGTHS, format) ? FORMAT_LENGTHS[format] : undefined;
    if (lengths === undefined) continue;
    const high = strictest(all, ["maxLength"], -1);
    const low = strictest(all, ["minLength"], 1);
    const wrong =
      high !== undefined && high.value < lengths[0]
        ? high
        : low !== undefined && low.value > lengths[1]
          ? low
          : undefined;
    if (wrong === undefined) continue;
    const message = `No text fits: the format ${String(format)} and ${wrong.keyword}: ${wrong.value} exclude each other.`;
    yield {
      message,
      remedy: `Leave ${wrong.keyword} out: the format says how long it is.`,
      keyword: wrong.keyword,
      between: [wrong.by, said],
    };
  }
}

function* required(all: readonly Conjunct[]): Generator<Contradiction> {
  for (const asking of all) {
    const names = asking.value["required"];
    if (!Array.isArray(names)) continue;
    const most = strictest(all, ["maxProperties"], -1);
    if (most !== undefined && most.value < new Set(names).size) {
      const message = `No object fits: ${new Set(names).size} members are required, and at most ${most.value} allowed.`;
      yield { message, remedy: LOOSEN, keyword: "required", between: [asking, most.by] };
    }
    for (const name of names as unknown[]) {
      if (typeof name !== "string") continue;
      const forbidding = all.find((one) => forbids(one, name));
      if (forbidding === undefined) continue;
      const message = `No object fits: ${JSON.stringify(name)} is required, and ${whyForbidden(forbidding, name)}.`;
      const remedy =
        forbidding === asking ? `Declare ${JSON.stringify(name)} under properties, or do not require it.` : OPEN;
      yield { message, remedy, keyword: "required", between: [asking, forbidding] };
    }
  }
}

/** For schemas whose parts close themselves. */
export const OPEN =
  "A closed part knows nothing of its neighbours: leave additionalProperties out of it, and close the whole with unevaluatedProperties: false (3.1) or by declaring all members in one schema.";

function whyForbidden(by: Conjunct, name: string): string {
  const { properties } = by.value;
  const isFalse = isObject(properties) && Object.hasOwn(properties, name);
  return isFalse ? "its schema is false" : `${closingOf(by)} does not let it in`;
}

/** What closes that schema, and which one that is. */
export function closingOf({ pointer }: Conjunct): string {
  return `additionalProperties: false of ${pointer.slice(pointer.lastIndexOf("/schemas/") + 1)}`;
}

/** Whether that schema refuses any object with a member of that name. */
export function forbids({ value }: Conjunct, name: string): boolean {
  const { properties, patternProperties, additionalProperties } = value;
  if (isObject(properties) && Object.hasOwn(properties, name)) return properties[name] === false;
  if (additionalProperties !== false) return false;
  return !(isObject(patternProperties) ? Object.keys(patternProperties) : []).some((pattern) => {
    const engine = linearPattern(pattern);
    return isPatternProblem(engine) || engine.test(name);
  });
}
