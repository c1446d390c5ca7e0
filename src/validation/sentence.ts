// One sentence for one violation, from the schema's side only: the value that was sent is never in it.
import type { ErrorObject } from "ajv";
import { NAME_CHARACTERS_MAX } from "../core/names.ts";
import { pointerKeys } from "../openapi/pointer.ts";
import { formatSentence } from "./formats.ts";
import { HIDDEN_KEYWORD } from "./keywords.ts";
import { LISTED_PATTERN_CHARACTERS_MAX, LISTED_VALUES_MAX } from "./limits.ts";

const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  integer: "an integer",
  number: "a number",
  boolean: "true or false",
  array: "an array",
  object: "an object",
  null: "null",
};

/** Names of members and parameters come from the request: printable, and cut. */
export function shownName(name: string): string {
  const cut = name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX)}…` : name;
  return cut.toWellFormed().replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd");
}

/** What a place is called: the last name of its pointer, with the indices after it. */
export function nameOf(pointer: string, whole: string): string {
  const keys = pointerKeys(pointer);
  let index = "";
  let key = keys.pop();
  while (key !== undefined && /^\d+$/.test(key)) {
    index = `[${key}]${index}`;
    key = keys.pop();
  }
  if (key !== undefined) return `${shownName(key)}${index}`;
  return index === "" ? whole : `item ${index}`;
}

/** "a string or null" */
export function typeSentence(type: unknown): string {
  return listed((Array.isArray(type) ? type : [type]).map((one) => TYPES[String(one)] ?? String(one)));
}

/** The sentence of one error; `name` is what its place is called. */
export function sentenceOf(error: ErrorObject, name: string): string {
  const limit = (error.params as { limit?: number }).limit ?? 0;
  switch (error.keyword) {
    case "type":
      return `${name} must be ${typeSentence((error.params as { type: unknown }).type)}`;
    case "required":
    case "dependentRequired":
      return `${name} is required`;
    case "additionalProperties":
    case "unevaluatedProperties":
    case "false schema":
      return `${name} is not allowed`;
    case "unevaluatedItems":
      return `${name} must not have more items`;
    case HIDDEN_KEYWORD:
      if (error.schema === "readOnly") return `${name} is read-only and must not be sent`;
      return `${name} is ${error.schema === "writeOnly" ? "write-only" : "sensitive"} and must not be in an answer`;
    case "minLength":
      return limit === 1 ? `${name} must not be empty` : `${name} must be at least ${count(limit, unitOf(error))}`;
    case "maxLength":
      return `${name} must be at most ${count(limit, unitOf(error))}`;
    case "minimum":
      return `${name} must be at least ${limit}`;
    case "maximum":
      return `${name} must be at most ${limit}`;
    case "exclusiveMinimum":
      return `${name} must be more than ${limit}`;
    case "exclusiveMaximum":
      return `${name} must be less than ${limit}`;
    case "multipleOf":
      return `${name} must be a multiple of ${String(error.schema)}`;
    case "minItems":
      return limit === 1 ? `${name} must not be empty` : `${name} must have at least ${count(limit, "item")}`;
    case "maxItems":
      return `${name} must have at most ${count(limit, "item")}`;
    case "uniqueItems":
      return `${name} must not have the same item twice`;
    case "minProperties":
      return `${name} must have at least ${count(limit, "member", "members")}`;
    case "maxProperties":
      return `${name} must have at most ${count(limit, "member", "members")}`;
    case "contains":
      return `${name} must contain ${containedSentence(error.params)} of the kind that is declared`;
    case "items":
      return `${name} must have at most ${count(limit, "item")}`;
    case "not":
      return `${name} is a value that is ruled out`;
    case "format":
      return `${name} must be ${formatSentence((error.params as { format: string }).format)}`;
    case "pattern":
      return patternSentence(name, (error.params as { pattern: string }).pattern);
    case "enum":
      return enumSentence(name, (error.params as { allowedValues: unknown[] }).allowedValues);
    case "const":
      return enumSentence(name, [(error.params as { allowedValue: unknown }).allowedValue]);
    case "propertyNames":
      return `${name} is not a name that is allowed here`;
    case "oneOf":
      return (error.params as { passingSchemas: unknown }).passingSchemas === null
        ? `${name} fits none of the alternatives`
        : `${name} fits more than one of the alternatives`;
    case "anyOf":
      return `${name} fits none of the alternatives`;
    default:
      return `${name} is not valid`;
  }
}

/** ajv says how many items must, and how many may be of that kind. */
function containedSentence(params: ErrorObject["params"]): string {
  const { minContains: least = 1, maxContains: most } = params as { minContains?: number; maxContains?: number };
  if (most === undefined) return `at least ${count(least, "item")}`;
  if (least === most) return `exactly ${count(most, "item")}`;
  return least === 0 ? `at most ${count(most, "item")}` : `${least} to ${count(most, "item")}`;
}

/** Files and binary bodies are held against their schema one character to a byte. */
function unitOf({ parentSchema }: ErrorObject): string {
  const { format, contentMediaType, contentEncoding } = parentSchema ?? {};
  const isRaw = contentMediaType === "application/octet-stream" && contentEncoding === undefined;
  return format === "binary" || isRaw ? "byte" : "character";
}

function patternSentence(name: string, pattern: string): string {
  return pattern.length > LISTED_PATTERN_CHARACTERS_MAX
    ? `${name} does not have the required form`
    : `${name} must match ${pattern}`;
}

function enumSentence(name: string, values: readonly unknown[]): string {
  if (values.length > LISTED_VALUES_MAX || values.some((value) => typeof value === "object" && value !== null)) {
    return `${name} must be one of the values that are declared`;
  }
  const shown = values.map(String);
  return shown.length === 1 ? `${name} must be ${shown[0] as string}` : `${name} must be one of ${shown.join(", ")}`;
}

function count(limit: number, one: string, many = `${one}s`): string {
  return `${limit} ${limit === 1 ? one : many}`;
}

function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} or ${parts.at(-1) as string}`;
}
