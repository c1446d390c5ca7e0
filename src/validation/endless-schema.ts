// Guards against schemas that lead only to themselves: judging one value would never end.
import { type Located, placeKey, type Problem } from "../openapi/located.ts";
import type { SchemaSource } from "./schema-source.ts";
import { targetOf } from "./reference-target.ts";

/** Keywords whose schemas judge the very value that the schema itself judges: nothing of it is used up on the way. */
const SAME_VALUE = ["not", "if", "then", "else"];
const SAME_VALUE_LISTS = ["allOf", "anyOf", "oneOf"];
const SAME_VALUE_MAP = "dependentSchemas";

interface Step {
  readonly to: Located;
  /** The keyword of the schema by which it goes on. */
  readonly keyword: string;
}

interface Entered {
  readonly at: Located;
  readonly steps: Iterator<Step>;
}

/** Problems of all cycles that can be reached. `settled` spans calls: each place is looked at once. */
export function endlessProblems(source: SchemaSource, start: Located, settled: Set<string>): Problem[] {
  if (settled.has(placeKey(start))) return [];
  const problems: Problem[] = [];
  const path: Entered[] = [{ at: start, steps: stepsOf(source, start) }];
  const open = new Set([placeKey(start)]);
  // Without recursion: a document may chain more references than the stack holds.
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    const next = last.steps.next();
    if (next.done === true) {
      path.pop();
      open.delete(placeKey(last.at));
      settled.add(placeKey(last.at));
      continue;
    }
    const { to, keyword } = next.value;
    const key = placeKey(to);
    if (open.has(key)) problems.push(endless(source, path, key, last.at, keyword));
    else if (!settled.has(key)) {
      open.add(key);
      path.push({ at: to, steps: stepsOf(source, to) });
    }
  }
  return problems;
}

function* stepsOf(source: SchemaSource, at: Located): Generator<Step> {
  if (typeof at.value !== "object" || at.value === null || Array.isArray(at.value)) return;
  const schema = at.value as Record<string, unknown>;
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    const to = targetOf(source, reference, at);
    if (to !== undefined) yield { to, keyword: "$ref" };
    if (source.version === "3.0") return;
  }
  for (const keyword of SAME_VALUE) if (schema[keyword] !== undefined) yield { to: source.child(at, keyword), keyword };
  for (const keyword of SAME_VALUE_LISTS) {
    const list = schema[keyword];
    if (!Array.isArray(list)) continue;
    for (let index = 0; index < list.length; index += 1) yield { to: source.child(at, keyword, index), keyword };
  }
  const map = schema[SAME_VALUE_MAP];
  if (typeof map !== "object" || map === null) return;
  for (const name of Object.keys(map)) yield { to: source.child(at, SAME_VALUE_MAP, name), keyword: SAME_VALUE_MAP };
}

function endless(source: SchemaSource, path: readonly Entered[], key: string, from: Located, keyword: string): Problem {
  const places = path.map(({ at }) => at);
  const cycle = places.slice(places.findIndex((at) => placeKey(at) === key));
  const names = [...cycle, cycle[0] as Located].map(({ pointer }) =>
    pointer.slice(pointer.lastIndexOf("/schemas/") + 1),
  );
  return {
    severity: "error",
    rule: "validation.schema-endless",
    message: `This schema leads back to itself without looking into the value: ${[...shortened(names)].join(" → ")}.`,
    remedy: "Let it say what it describes, and refer to itself only from properties, items or additionalProperties.",
    position: source.position(from, keyword),
  };
}

function shortened(names: readonly string[]): readonly string[] {
  return names.length <= 6 ? names : [...names.slice(0, 3), "…", ...names.slice(-2)];
}
