// Sigma's `detection`: selections of fields and a condition over them, compiled to one function.
import { type FieldName, isFieldName, FIELD_NAMES, type Observation } from "./field.ts";
import { parseCondition } from "./condition.ts";
import { type Matcher, matcherOf, WILDCARD } from "./value-match.ts";
import { unknownWord } from "./words.ts";

export type Predicate = (event: Observation) => boolean;

/** Says what is wrong at which key below `detection`. */
export type Complain = (path: readonly (string | number)[], message: string, remedy: string) => void;

/** Operations that are asked for: whether there are any only the document can tell. */
export interface AskedOperations {
  readonly path: readonly (string | number)[];
  readonly word: string;
  readonly means: (id: string) => boolean;
}

export interface CompiledDetection {
  readonly matches: Predicate;
  readonly operations: readonly AskedOperations[];
  /** The only values of `event.action` that it can match; undefined: any. */
  readonly actions: ReadonlySet<string> | undefined;
}

/** `detection` of a base rule. What cannot be compiled is told, and undefined. */
export function compileDetection(written: unknown, complain: Complain): CompiledDetection | undefined {
  if (!isMap(written)) {
    complain([], "detection is a mapping of selections with a condition", "See docs/detections.md.");
    return undefined;
  }
  const { condition, ...selections } = written;
  const compiled = new Map<string, Predicate>();
  const actions = new Map<string, ReadonlySet<string> | undefined>();
  const operations: AskedOperations[] = [];
  for (const [name, selection] of Object.entries(selections)) {
    compiled.set(name, compileSelection(selection, [name], complain, operations));
    actions.set(name, actionsOf(selection));
  }
  if (typeof condition !== "string") {
    complain(["condition"], "the condition is missing", "Name the selections: `condition: selection`.");
    return undefined;
  }
  const parsed = parseCondition(condition, compiled);
  if (typeof parsed === "string") {
    complain(["condition"], parsed, "It has names of selections with and, or, not, `1 of name*`, `all of them`.");
    return undefined;
  }
  const single = condition.trim();
  return { matches: parsed, operations, actions: actions.get(single) };
}

function compileSelection(
  written: unknown,
  path: readonly (string | number)[],
  complain: Complain,
  operations: AskedOperations[],
): Predicate {
  if (Array.isArray(written)) {
    const any = written.map((one: unknown, i) => compileSelection(one, [...path, i], complain, operations));
    return (event) => any.some((matches) => matches(event));
  }
  if (!isMap(written)) {
    complain(
      path,
      "a selection is a mapping of fields, or a list of such",
      "For example `event.action: authn_login_fail`.",
    );
    return () => false;
  }
  const parts: { readonly field: FieldName; readonly matches: Matcher }[] = [];
  for (const [key, value] of Object.entries(written)) {
    const [name = "", ...modifiers] = key.split("|");
    if (!isFieldName(name)) {
      complain([...path, key], `events have no field ${name} for rules`, `Known: ${FIELD_NAMES.join(", ")}.`);
      continue;
    }
    const never = modifiers.length === 0 ? unknownWord(name, value) : undefined;
    if (never !== undefined) complain([...path, key], `no event has ${never.word} there`, never.remedy);
    const matches = matcherOf(modifiers, value);
    if (typeof matches === "string")
      complain([...path, key], matches, "See docs/detections.md for what may follow a field.");
    else {
      parts.push({ field: name, matches });
      if (name === "portcullis.operation.id") operations.push(...operationsIn(modifiers, value, [...path, key]));
    }
  }
  return (event) => {
    for (const { field, matches } of parts) if (!matches(event.read(field))) return false;
    return true;
  };
}

/** Each value by itself: one slip in a list is one, whatever else the list names. */
function operationsIn(modifiers: readonly string[], value: unknown, path: AskedOperations["path"]): AskedOperations[] {
  const isList = Array.isArray(value);
  return (isList ? (value as unknown[]) : [value]).flatMap((word, i) => {
    const matches = typeof word === "string" ? matcherOf(modifiers, word) : "none is named";
    if (typeof word !== "string" || typeof matches === "string") return [];
    return [{ path: isList ? [...path, i] : path, word, means: matches }];
  });
}

/** Lets the engine skip the rule without asking it: only where the rule asks for whole words, which events have in lower case. */
function actionsOf(selection: unknown): ReadonlySet<string> | undefined {
  if (!isMap(selection)) return undefined;
  const value = selection["event.action"];
  const wanted: unknown[] = Array.isArray(value) ? value : [value];
  const isWords = wanted.every((one) => typeof one === "string" && !WILDCARD.test(one));
  return isWords ? new Set((wanted as string[]).map((one) => one.toLowerCase())) : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
