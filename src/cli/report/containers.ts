// Finds the object schema to which an undeclared member would have to be added.
import type { DocumentSet } from "../../openapi/document.ts";
import { type Located, placeKey } from "../../openapi/located.ts";
import { isObject } from "../../openapi/pointer.ts";
import { ANY } from "./schema-guess.ts";

const PARTS_MAX = 256;

/**
 * The schemas that hold at that place together: a member belongs into the first. `closed`: one of them says that it takes
 * no other members. Undefined: nothing is described there.
 */
export function containersOf(
  set: DocumentSet,
  schema: Located,
  keys: readonly string[],
): readonly Located[] | "closed" | undefined {
  let parts = partsOf(set, [schema]);
  for (const key of keys) {
    parts = partsOf(
      set,
      parts.flatMap((part) => below(set, part, key)),
    );
  }
  if (parts.length === 0) return undefined;
  const isClosed = parts.some(
    ({ value }) =>
      isObject(value) && (value["additionalProperties"] === false || value["unevaluatedProperties"] === false),
  );
  return isClosed ? "closed" : parts;
}

/** The schemas that hold at one place together, the one that was referred to first. */
function partsOf(set: DocumentSet, roots: readonly Located[]): Located[] {
  const parts: Located[] = [];
  const waiting = [...roots];
  const seen = new Set<string>();
  for (let node = waiting.shift(); node !== undefined && parts.length < PARTS_MAX; node = waiting.shift()) {
    const at = set.follow(node);
    const key = placeKey(at);
    if (seen.has(key) || !isObject(at.value)) continue;
    seen.add(key);
    parts.push(at);
    for (const keyword of ["allOf", "anyOf", "oneOf"]) {
      const list = set.child(at, keyword);
      if (Array.isArray(list.value)) list.value.forEach((_, index) => waiting.push(set.child(list, index)));
    }
  }
  return parts;
}

function below(set: DocumentSet, part: Located, key: string): Located[] {
  const property = set.child(part, "properties", key);
  if (property.value !== undefined) return [property];
  if (key !== ANY) return [];
  return ["items", "additionalProperties"]
    .map((keyword) => set.child(part, keyword))
    .filter(({ value }) => isObject(value));
}
