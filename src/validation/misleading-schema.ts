// Tells of words in a schema that do not say what their author must have meant: `nullable` without effect, numbers that a double does not hold.
import { type Located, placed, type Problem } from "../openapi/located.ts";
import { isObject } from "../openapi/pointer.ts";
import { isOfType } from "./listed-values.ts";
import type { SchemaSource } from "./schema-source.ts";

interface Misleading {
  readonly rule: string;
  readonly keyword: string;
  readonly message: string;
  readonly remedy: string;
}

/** Advice about this schema alone: what it says is done, by the letter. */
export function misleadingProblems(source: SchemaSource, at: Located): Problem[] {
  if (!isObject(at.value)) return [];
  const found = [nullable(source, at.value), idle(source, at.value), inexact(at.value)].filter(
    (one) => one !== undefined,
  );
  return found.map(({ rule, keyword, message, remedy }) => {
    const problem = { severity: "advice", rule: `validation.${rule}`, message, remedy } as const;
    return placed(problem, () => source.position(at, keyword));
  });
}

/** `nullable: true` widens a `type` beside it, and nothing else (OpenAPI 3.0.3, 4.7.24.1); 3.1 does not know the word. */
function nullable(source: SchemaSource, schema: Record<string, unknown>): Misleading | undefined {
  if (schema["nullable"] !== true) return undefined;
  const { $ref, type, enum: values } = schema;
  const says = (message: string, remedy: string): Misleading => {
    return { rule: "nullable-without-effect", keyword: "nullable", message, remedy };
  };
  const isListed = !Array.isArray(values) || values.includes(null);
  if (source.version !== "3.0") {
    const isSaid = isListed && (type === undefined || [type].flat().includes("null"));
    if (isSaid && typeof $ref !== "string") return undefined;
    const remedy = typeof $ref === "string" ? 'Write anyOf: [{ $ref: … }, { type: "null" }].' : 'Add "null" to type.';
    return says(`nullable means nothing in OpenAPI ${source.version}.`, remedy);
  }
  if (typeof $ref === "string")
    return says("nullable means nothing beside $ref.", "Write nullable: true, allOf: [{ $ref: … }].");
  if (isListed) return undefined;
  return says(
    "nullable means nothing beside an enum without null (OpenAPI 3.0.3): null is refused.",
    "Add null to the enum, or leave nullable out.",
  );
}

/** A value of `enum` that `type` rules out, beside others: null where it may not come, `1.0` that YAML reads as a number. */
function idle(source: SchemaSource, schema: Record<string, unknown>): Misleading | undefined {
  const { enum: values, $ref } = schema;
  // That none fits is told as a warning.
  if (!Array.isArray(values) || (typeof $ref === "string" && source.version === "3.0")) return undefined;
  const others = values.filter((value) => !isOfType(schema, value));
  if (others.length === 0 || others.length === values.length) return undefined;
  const [first] = others as unknown[];
  const toNull = source.version === "3.0" ? "Write nullable: true" : 'Add "null" to type';
  return {
    rule: "enum-value-idle",
    keyword: "enum",
    message: `${JSON.stringify(first)} in enum never fits: type does not allow it.`,
    remedy: first === null ? `${toNull}, or leave it out.` : "Write it in quotes if it is a text, or leave it out.",
  };
}

/**
 * Documents are read as JSON is: 2^53 + 1 becomes 2^53. Limits of 64 bits, which generators write, are no values that anybody compares
 * with; the format says them exactly.
 */
function inexact(schema: Record<string, unknown>): Misleading | undefined {
  const listed = Array.isArray(schema["enum"]) ? schema["enum"] : [];
  const bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map((keyword) => {
    return [keyword, schema[keyword]] as const;
  });
  const all = [["const", schema["const"]], ...listed.map((value) => ["enum", value] as const)] as const;
  const found =
    all.find(([, value]) => isBeyond(value)) ??
    bounds.find(([, value]) => isBeyond(value) && Math.abs(value as number) < 2 ** 63 - 2 ** 10);
  if (found === undefined) return undefined;
  return {
    rule: "number-inexact",
    keyword: found[0],
    message: `${found[0]} has an integer beyond 2^53 - 1, which is not kept to the digit, and which no JSON body may hold.`,
    remedy: "Let such numbers be texts: type: string, with a pattern.",
  };
}

function isBeyond(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
}
