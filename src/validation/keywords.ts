// Keywords of our own for ajv, and replacements for those of its keywords that cost too much or round wrongly.
import type { Ajv2020 } from "ajv/dist/2020.js";
import type { SchemaValidateFunction } from "ajv";
import { RECURSION_STEPS_BASE, RECURSION_STEPS_MAX, RECURSION_STEPS_PER_VALUE } from "./limits.ts";

/** In a schema as translated: this property may not be present in that direction. The value is `readOnly`, `writeOnly` or `sensitive`. */
export const HIDDEN_KEYWORD = "portcullis-hidden";
/** In the document: a member that no answer may carry, whoever asks. */
export const SENSITIVE_MARK = "x-portcullis-sensitive";
/** In a recursive schema: entering it costs a step of the budget. */
export const STEP_KEYWORD = "portcullis-step";
/** Beside `oneOf`/`anyOf`: how a value says which branch it means. */
export const DISCRIMINATOR_KEYWORD = "portcullis-discriminator";

/** Thrown inside a check whose schema was entered too often. */
export class TooComplex extends Error {
  constructor() {
    super("too complex to check");
    this.name = "TooComplex";
  }
}

let stepsLeft = 0;

/** Checks are synchronous: one counter serves them all. `values`: how many there are in what will be judged, where that is known. */
export function resetSteps(values: number = RECURSION_STEPS_MAX, most: number = RECURSION_STEPS_MAX): void {
  stepsLeft = Math.min(most, RECURSION_STEPS_BASE + values * RECURSION_STEPS_PER_VALUE);
}

export function defineKeywords(ajv: Ajv2020): void {
  ajv.addKeyword({ keyword: HIDDEN_KEYWORD, schemaType: "string", validate: () => false });
  ajv.addKeyword({ keyword: DISCRIMINATOR_KEYWORD, schemaType: "object" });
  ajv.addKeyword({
    keyword: STEP_KEYWORD,
    // First of all: behind an alternative that fails it would never be asked.
    before: "$ref",
    schemaType: "boolean",
    errors: false,
    validate: () => {
      stepsLeft -= 1;
      if (stepsLeft < 0) throw new TooComplex();
      return true;
    },
  });
  replace(ajv, "multipleOf", "number", "number", (divisor: number, value: number) => isMultiple(value, divisor));
  // ajv compares each pair of items: minutes for a body of empty objects.
  replace(ajv, "uniqueItems", "array", "boolean", (unique: boolean, items: unknown[]) => !unique || areUnique(items));
}

function replace(
  ajv: Ajv2020,
  keyword: string,
  type: "number" | "array",
  schemaType: "number" | "boolean",
  validate: SchemaValidateFunction,
): void {
  ajv.removeKeyword(keyword);
  ajv.addKeyword({ keyword, type, schemaType, validate });
}

/** 19.99 is a multiple of 0.01 although neither is a double: the quotient may be off by its own rounding. */
export function isMultiple(value: number, divisor: number): boolean {
  if (value % divisor === 0) return true;
  if (Number.isInteger(divisor)) return false;
  // Any integer is a multiple of 1e-8: beyond 2^50 the quotient says nothing, the reciprocal does.
  if (Number.isInteger(value) && isNearInteger(1 / divisor)) return true;
  return isNearInteger(value / divisor);
}

function isNearInteger(quotient: number): boolean {
  if (Math.abs(quotient) >= 2 ** 50) return false;
  return Math.abs(quotient - Math.round(quotient)) <= 4 * Number.EPSILON * Math.abs(quotient);
}

function areUnique(items: readonly unknown[]): boolean {
  if (items.length < 2) return true;
  const seen = new Set<string>();
  for (const item of items) seen.add(canonical(item));
  return seen.size === items.length;
}

/** One text per JSON value: members in one order, equal numbers alike. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const object = value as Record<string, unknown>;
  const names = Object.keys(object).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(object[name])}`).join(",")}}`;
}
