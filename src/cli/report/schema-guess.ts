// Guesses schemas from names and types: what was seen may be sent, nothing is required, and other members stay possible.
import type { JsonType } from "../../core/undeclared.ts";
import { pointerKeys, pointerTo } from "../../openapi/pointer.ts";
import type { Version } from "../../openapi/version.ts";

export type Types = ReadonlyMap<string, ReadonlySet<JsonType>>;
type Schema = Record<string, unknown>;

/** Stands in a place for any item or any member. */
export const ANY = "*";

/** The schema of the value at `root`, from the places at and below it. */
export function guessSchema(types: Types, root: string, version: Version): Schema {
  const seen = types.get(root);
  const children = childrenOf(types, root);
  const below = (name: string) => guessSchema(types, pointerTo(root, name), version);
  // What is inside says what it is where its own type was not told.
  const kinds = new Set<JsonType>(seen ?? (children.size === 0 ? [] : ["object"]));
  const schema = typed(kinds, version);
  if (schema["type"] === undefined) return schema;
  if (kinds.has("array")) schema["items"] = children.has(ANY) ? below(ANY) : {};
  if (kinds.has("object")) {
    const names = [...children].filter((name) => name !== ANY);
    if (names.length > 0) schema["properties"] = Object.fromEntries(names.map((name) => [name, below(name)]));
    if (children.has(ANY)) schema["additionalProperties"] = below(ANY);
  }
  return schema;
}

/** What a parameter takes: its text says less of its type than JSON does. */
export function guessParameter(types: ReadonlySet<JsonType>): Schema {
  const kinds = new Set(types);
  if (kinds.delete("array"))
    return { type: "array", items: guessParameter(kinds.size === 0 ? new Set(["string"]) : kinds) };
  const [only] = kinds;
  if (kinds.size === 1) return { type: only };
  return { type: kinds.size === 2 && kinds.has("integer") && kinds.has("number") ? "number" : "string" };
}

/** No type where more than one was seen: then any is taken. */
function typed(seen: ReadonlySet<JsonType>, version: Version): Schema {
  const kinds = new Set(seen);
  const isNullable = kinds.delete("null");
  if (kinds.has("number")) kinds.delete("integer");
  const [only] = kinds;
  if (kinds.size !== 1 || only === undefined) return {};
  if (!isNullable) return { type: only };
  return version === "3.0" ? { type: only, nullable: true } : { type: [only, "null"] };
}

function childrenOf(types: Types, root: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const place of types.keys()) {
    if (!place.startsWith(`${root}/`)) continue;
    names.add(pointerKeys(place.slice(root.length))[0] as string);
  }
  return names;
}

/** The places of which none is inside another: those that somebody must declare. */
export function outermost(places: Iterable<string>): string[] {
  const all = new Set(places);
  return [...all].filter((place) => {
    for (let end = place.lastIndexOf("/"); end > 0; end = place.lastIndexOf("/", end - 1)) {
      if (all.has(place.slice(0, end))) return false;
    }
    return true;
  });
}
