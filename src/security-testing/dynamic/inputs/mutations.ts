// What a schema's bounds are tried with: values just outside, which must be refused, and just inside, which must not.
import type { Mutation, Trying } from "./mutation.ts";
import { membersMutations } from "./mutations-of-members.ts";
import { numberMutations } from "./mutations-of-numbers.ts";
import { textMutations } from "./mutations-of-texts.ts";
import { NOTHING, type Slot } from "./slot.ts";

/** A head has 16 KiB for all of it. */
const CHARACTERS_OF_HEAD_MAX = 4_000;
const CHARACTERS_OF_BODY_MAX = 200_000;

export function* mutationsOf(slot: Slot, base: unknown): Generator<Mutation> {
  const { schema, place, isText } = slot;
  const charactersMax = place === "body" ? CHARACTERS_OF_BODY_MAX : CHARACTERS_OF_HEAD_MAX;
  const trying: Trying = { schema, base, place, isText, charactersMax };
  // A path without the value is another path.
  if (slot.isRequired && place !== "path" && typeof slot.keys.at(-1) !== "number")
    yield { name: "left out although it is required", value: NOTHING, isRefused: true };
  yield* typeMutations(trying);
  yield* enumMutations(trying);
  yield* numberMutations(trying);
  yield* textMutations(trying);
  yield* membersMutations(trying);
}

const OF_TYPE: Readonly<Record<string, unknown>> = {
  string: "text",
  integer: 7,
  number: 7,
  boolean: true,
  object: { member: 1 },
  array: [[]],
};

/** A value of another type. What comes in a head is text: only numbers and booleans tell there. */
function* typeMutations({ schema: { types }, isText }: Trying): Generator<Mutation> {
  if (types.length === 0) return;
  const wrong = isText ? ["string"] : ["string", "integer", "object", "array"];
  const other = wrong.find((type) => !types.includes(type) && !(type === "integer" && types.includes("number")));
  if (isText && types.some((type) => type === "array" || type === "object")) return;
  if (other !== undefined) yield { name: `that is no ${types.join(" or ")}`, value: OF_TYPE[other], isRefused: true };
  if (!isText && !types.includes("null"))
    yield { name: `that is null, and no ${types.join(" or ")}`, value: null, isRefused: true };
}

const LISTED_MAX = 12;

function* enumMutations({ schema: { keywords, types } }: Trying): Generator<Mutation> {
  const listed = Array.isArray(keywords["enum"]) ? keywords["enum"] : "const" in keywords ? [keywords["const"]] : [];
  if (listed.length === 0) return;
  const isText = listed.every((value) => typeof value === "string") && (types.length === 0 || types.includes("string"));
  if (isText) yield { name: "that is not among those listed", value: "not-one-of-them", isRefused: true };
  for (const value of listed.slice(0, LISTED_MAX))
    yield { name: "that is among those listed", value, isRefused: false };
}
