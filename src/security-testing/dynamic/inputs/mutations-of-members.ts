// Objects and lists with a member or an item too many or too few.
import { isObject } from "../../../openapi/pointer.ts";
import type { Mutation, Trying } from "./mutation.ts";

const ITEMS_TRIED_MAX = 2_000;
/** Nobody declares it. */
export const UNDECLARED_NAME = "portcullisUndeclared";

export function* membersMutations({ schema, base, place }: Trying): Generator<Mutation> {
  const { keywords } = schema;
  if (isObject(base) && place === "body") {
    if (keywords["additionalProperties"] === false && keywords["patternProperties"] === undefined)
      yield { name: "with a member that is not declared", value: { ...base, [UNDECLARED_NAME]: 1 }, isRefused: true };
  }
  if (!Array.isArray(base)) return;
  const [first] = base as readonly unknown[];
  const isUnique = keywords["uniqueItems"] === true;
  const { minItems, maxItems } = keywords;
  if (typeof minItems === "number" && minItems > 0 && (place === "body" || minItems > 1)) {
    yield { name: `with fewer items than ${minItems}`, value: base.slice(0, minItems - 1), isRefused: true };
    if (base.length >= minItems)
      yield { name: `with ${minItems} items`, value: base.slice(0, minItems), isRefused: false };
  }
  if (typeof maxItems === "number" && maxItems < ITEMS_TRIED_MAX && base.length > 0) {
    yield { name: `with more items than ${maxItems}`, value: filled(base, maxItems + 1, first), isRefused: true };
    if (!isUnique && maxItems > 0)
      yield { name: `with ${maxItems} items`, value: filled(base, maxItems, first), isRefused: false };
  }
  const isRoomy = typeof maxItems !== "number" || maxItems >= 2;
  if (isUnique && base.length > 0 && isRoomy)
    yield {
      name: "with an item twice",
      value: [first, ...(base as unknown[])].slice(0, Number(maxItems ?? Infinity)),
      isRefused: true,
    };
}

function filled(base: readonly unknown[], length: number, item: unknown): unknown[] {
  return Array.from({ length }, (_, i) => (i < base.length ? base[i] : item));
}
