// Tells of schemas that no value fits, and of members that can never be there: whoever calls would be refused whatever they send.
import { type Located, placed, placeKey, type Problem } from "../openapi/located.ts";
import { isObject } from "../openapi/pointer.ts";
import { type Conjunct, conjunctsOf, isNullableSum, partsOf } from "./conjuncts.ts";
import { closingOf, type Contradiction, contradictions, forbids, OPEN } from "./contradictions.ts";
import type { SchemaSource } from "./schema-source.ts";

const NAMES_SHOWN_MAX = 5;
/** A schema with none of these excludes nothing: most are so. */
const TELLING = ["enum", "const", "required", "format", "allOf", "oneOf", "anyOf", "$ref"];
const BOUNDING = /^(?:exclusive)?[Mm](?:ax|in)/;

/** Warnings about the schema at this place; what is wrong inside of one of its parts is told there. */
export function impossibleProblems(source: SchemaSource, at: Located): Problem[] {
  if (!isObject(at.value) || (typeof at.value["$ref"] === "string" && source.version === "3.0")) return [];
  const keywords = Object.keys(at.value);
  if (!keywords.some((keyword) => TELLING.includes(keyword) || BOUNDING.test(keyword))) return [];
  const all = conjunctsOf(source, at);
  const parts = partsOf(source, at).map((part) => placesOf(conjunctsOf(source, part)));
  const isNews = (between: readonly Conjunct[]) => !parts.some((places) => areIn(between, places));
  const problems: Problem[] = [];
  for (const found of contradictions(all)) if (isNews(found.between)) problems.push(warning(source, at, found, ""));
  // Whoever is told that nothing fits need not hear which alternatives do not.
  if (problems.length === 0) {
    const branches = [...branchesOf(source, at)];
    if (!isNullableSum(source, at)) problems.push(...idleBranches(source, branches, all));
    for (const found of neverThere(all, branches, isNews))
      problems.push(warning(source, at, found, "", "validation.member-impossible"));
  }
  return problems;
}

interface Branch {
  readonly at: Located;
  readonly all: readonly Conjunct[];
}

function* branchesOf(source: SchemaSource, at: Located): Generator<Branch> {
  for (const keyword of ["oneOf", "anyOf"]) {
    const list = (at.value as Record<string, unknown>)[keyword];
    if (!Array.isArray(list)) continue;
    for (const index of list.keys()) {
      const branch = source.child(at, keyword, index);
      yield { at: branch, all: conjunctsOf(source, branch) };
    }
  }
}

/** Alternatives that the schema around them excludes. */
function* idleBranches(
  source: SchemaSource,
  branches: readonly Branch[],
  around: readonly Conjunct[],
): Generator<Problem> {
  const outside = placesOf(around);
  for (const { at, all } of branches) {
    const inside = placesOf(all);
    for (const found of contradictions([...around, ...all])) {
      if (areIn(found.between, outside) || areIn(found.between, inside)) continue;
      yield warning(source, at, found, "This alternative is never one, for what stands around it. ");
      break;
    }
  }
}

/** Members that one schema declares and another one, which applies as well, does not let in. */
function* neverThere(
  all: readonly Conjunct[],
  branches: readonly Branch[],
  isNews: (between: readonly Conjunct[]) => boolean,
): Generator<Contradiction> {
  const declaring = [...all, ...branches.flatMap((branch) => branch.all)];
  for (const closed of all) {
    if (closed.value["additionalProperties"] !== false) continue;
    const names = new Set<string>();
    for (const one of declaring) {
      const { properties } = one.value;
      if (one === closed || !isObject(properties) || !isNews([closed, one])) continue;
      for (const name of Object.keys(properties)) {
        if (properties[name] !== false && forbids(closed, name)) names.add(name);
      }
    }
    if (names.size === 0) continue;
    const shown = [...names].slice(0, NAMES_SHOWN_MAX).map((name) => JSON.stringify(name));
    const more = names.size > shown.length ? ` and ${names.size - shown.length} more` : "";
    const message = `${shown.join(", ")}${more} can never be there: ${closingOf(closed)} does not let them in.`;
    yield { message, remedy: OPEN, keyword: "additionalProperties", between: [closed] };
  }
}

function placesOf(all: readonly Conjunct[]): ReadonlySet<string> {
  return new Set(all.map(placeKey));
}

function areIn(between: readonly Conjunct[], places: ReadonlySet<string>): boolean {
  return between.every((one) => places.has(placeKey(one)));
}

/** Where the schema itself says one of what excludes each other, that is the place. */
function warning(
  source: SchemaSource,
  at: Located,
  found: Contradiction,
  before: string,
  rule = "validation.schema-impossible",
): Problem {
  const isHere = before === "" && found.between.some((one) => placeKey(one) === placeKey(at));
  const problem = { severity: "warning", rule, message: before + found.message, remedy: found.remedy } as const;
  return placed(problem, () => source.position(at, isHere ? found.keyword : undefined));
}
