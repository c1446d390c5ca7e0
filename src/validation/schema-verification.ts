// Finds what cannot be enforced in a schema before anything is compiled, with line and remedy: such a document stops the start.
import { type Located, placeKey, type Problem, ProblemsError } from "../openapi/located.ts";
import { endlessProblems } from "./endless-schema.ts";
import { impossibleProblems } from "./impossible-schema.ts";
import { loneDiscriminators } from "./lone-discriminator.ts";
import { misleadingProblems } from "./misleading-schema.ts";
import { isPatternProblem, linearPattern } from "./pattern.ts";
import { verifyMark } from "./sanitization-verification.ts";
import { SCHEMA_KEYWORDS, SCHEMA_LIST_KEYWORDS, SCHEMA_MAP_KEYWORDS } from "./schema-places.ts";
import type { SchemaSource } from "./schema-source.ts";
import { unevaluatedProblem } from "./unevaluated.ts";

const TYPES = new Set(["string", "number", "integer", "boolean", "array", "object", "null"]);
const DIALECTS =
  /^https:\/\/(?:json-schema\.org\/draft\/2020-12\/schema|spec\.openapis\.org\/oas\/3\.[12]\/dialect\/[\w-]+)#?$/;
const NUMBERS = ["minimum", "maximum", "multipleOf"];
const COUNTS = [
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "minContains",
  "maxContains",
];

/** Problem of the document's `jsonSchemaDialect` (OpenAPI 3.1, 4.8.1): all its schemas would mean something else. */
export function verifyDialect(source: SchemaSource): Problem[] {
  const dialect = source.child(source.root, "jsonSchemaDialect").value;
  if (dialect === undefined || source.version === "3.0" || (typeof dialect === "string" && DIALECTS.test(dialect)))
    return [];
  return [
    {
      severity: "error",
      rule: "validation.dialect-unsupported",
      message: "Schemas of this dialect are not supported.",
      remedy: "Leave jsonSchemaDialect out: JSON Schema 2020-12 is what OpenAPI uses.",
      position: source.position(source.root, "jsonSchemaDialect"),
    },
  ];
}

/** Problems of the schema and of all it refers to. `visited` and `settled` span calls: each place is looked at once. */
export function verifySchema(source: SchemaSource, at: Located, visited: Set<string>, settled: Set<string>): Problem[] {
  const problems: Problem[] = [];
  const reached: Located[] = [];
  const waiting = [at];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const key = placeKey(node);
    if (visited.has(key)) continue;
    visited.add(key);
    verifyNode(source, node, problems, waiting);
    problems.push(...endlessProblems(source, node, settled));
    reached.push(node);
  }
  // What is not a schema cannot be one that nothing fits.
  if (problems.length > 0) return problems;
  for (const node of reached) {
    problems.push(...misleadingProblems(source, node));
    if (!isCondition(node)) problems.push(...impossibleProblems(source, node));
  }
  problems.push(...loneDiscriminators(source, at, reached, visited));
  return problems;
}

/** Below `not` and `if` a schema says what must not be, or may. */
function isCondition({ pointer }: Located): boolean {
  return /\/(?:not|if)(?:\/|$)/.test(pointer);
}

function verifyNode(source: SchemaSource, at: Located, problems: Problem[], waiting: Located[]): void {
  const report = (rule: string, message: string, remedy: string, node: Located, key?: string): void => {
    problems.push({
      severity: "error",
      rule: `validation.${rule}`,
      message,
      remedy,
      position: source.position(node, key),
    });
  };
  if (typeof at.value === "boolean") return;
  if (typeof at.value !== "object" || at.value === null || Array.isArray(at.value)) {
    report("schema-shape", "This schema is not an object.", "Write a schema object here.", at);
    return;
  }
  const schema = at.value as Record<string, unknown>;
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    try {
      waiting.push(source.target(reference, at));
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems);
    }
    if (source.version === "3.0") return;
  }
  for (const keyword of ["$dynamicRef", "$recursiveRef"]) {
    if (!(keyword in schema)) continue;
    const message = `The keyword ${keyword} is not supported: what it would check depends on how it was reached.`;
    report("keyword-unsupported", message, "Refer to the schema that is meant with $ref.", at, keyword);
  }
  const dialect = schema["$schema"];
  if (dialect !== undefined && (typeof dialect !== "string" || !DIALECTS.test(dialect))) {
    const remedy = "Leave $schema out: JSON Schema 2020-12 is what OpenAPI uses.";
    report("dialect-unsupported", "Schemas of this dialect are not supported.", remedy, at, "$schema");
  }
  verifyUnevaluated(source, schema, report, at);
  verifyPlain(source, schema, report, at);
  verifyPatterns(source, schema, report, at);
  problems.push(...verifyMark(source, at));
  for (const keyword of SCHEMA_KEYWORDS) if (schema[keyword] !== undefined) waiting.push(source.child(at, keyword));
  for (const keyword of SCHEMA_MAP_KEYWORDS) {
    const map = source.child(at, keyword);
    if (typeof map.value !== "object" || map.value === null) continue;
    if (Object.hasOwn(map.value, "__proto__")) {
      report("keyword-unsupported", "A member named __proto__ cannot be declared.", "Rename it.", map, "__proto__");
    }
    for (const name of Object.keys(map.value)) waiting.push(source.child(map, name));
  }
  for (const keyword of SCHEMA_LIST_KEYWORDS) {
    const list = source.child(at, keyword);
    if (!Array.isArray(list.value)) continue;
    for (let index = 0; index < list.value.length; index += 1) waiting.push(source.child(list, index));
  }
}

type Report = (rule: string, message: string, remedy: string, node: Located, key?: string) => void;

function verifyUnevaluated(source: SchemaSource, schema: Record<string, unknown>, report: Report, at: Located): void {
  const keyword = "unevaluatedItems" in schema ? "unevaluatedItems" : "unevaluatedProperties";
  if (!(keyword in schema)) return;
  let found: string | undefined;
  try {
    found = unevaluatedProblem(source, at);
  } catch (error) {
    // A reference that leads nowhere is reported where it stands.
    if (!(error instanceof ProblemsError)) throw error;
  }
  if (found === undefined) return;
  const remedy = "Say it with properties, items and additionalProperties of this schema, or with oneOf instead of if.";
  report("keyword-unsupported", `${keyword} beside ${found} is not supported.`, remedy, at, keyword);
}

function verifyPlain(source: SchemaSource, schema: Record<string, unknown>, report: Report, at: Located): void {
  const wrong = (keyword: string, expected: string): void => {
    report("schema-shape", `${keyword} must be ${expected}.`, `Mend ${keyword}, or leave it out.`, at, keyword);
  };
  const type = schema["type"];
  if (type !== undefined) {
    const types: unknown[] = Array.isArray(type) && source.version !== "3.0" ? type : [type];
    if (types.length === 0 || types.some((one) => typeof one !== "string" || !TYPES.has(one))) {
      wrong("type", `one of ${[...TYPES].join(", ")}`);
    }
  }
  for (const keyword of NUMBERS) {
    const value = schema[keyword];
    if (value !== undefined && typeof value !== "number") wrong(keyword, "a number");
    else if (keyword === "multipleOf" && typeof value === "number" && value <= 0) wrong(keyword, "more than 0");
  }
  for (const keyword of ["exclusiveMinimum", "exclusiveMaximum"]) {
    const value = schema[keyword];
    const expected = source.version === "3.0" ? "boolean" : "number";
    if (value !== undefined && typeof value !== expected)
      wrong(keyword, expected === "number" ? "a number" : "true or false");
  }
  for (const keyword of COUNTS) {
    const value = schema[keyword];
    if (value !== undefined && (typeof value !== "number" || !Number.isInteger(value) || value < 0))
      wrong(keyword, "a whole number");
  }
  for (const keyword of ["required", "enum", ...SCHEMA_LIST_KEYWORDS]) {
    if (schema[keyword] !== undefined && !Array.isArray(schema[keyword])) wrong(keyword, "a list");
  }
  // The compiler refuses both of these, but only when an operation first needs the schema.
  if (Array.isArray(schema["enum"]) && schema["enum"].length === 0) wrong("enum", "a list of at least one value");
  if (schema["uniqueItems"] !== undefined && typeof schema["uniqueItems"] !== "boolean")
    wrong("uniqueItems", "true or false");
  for (const keyword of SCHEMA_MAP_KEYWORDS) {
    const value = schema[keyword];
    if (value !== undefined && (typeof value !== "object" || value === null || Array.isArray(value)))
      wrong(keyword, "an object");
  }
}

function verifyPatterns(source: SchemaSource, schema: Record<string, unknown>, report: Report, at: Located): void {
  const judge = (pattern: string, node: Located, key: string): void => {
    const result = linearPattern(pattern);
    if (!isPatternProblem(result)) return;
    const where = result.index === undefined ? "" : ` at character ${result.index + 1}`;
    report(
      "pattern-unsupported",
      `The pattern ${JSON.stringify(pattern)} ${result.what}${where}.`,
      "Patterns run in linear time (RE2): no look-around, no back-references, counts up to 1000. Say it with minLength, maxLength, allOf or enum.",
      node,
      key,
    );
  };
  if (typeof schema["pattern"] === "string") judge(schema["pattern"], at, "pattern");
  else if (schema["pattern"] !== undefined)
    report("schema-shape", "pattern must be a string.", "Mend pattern, or leave it out.", at, "pattern");
  const patterns = source.child(at, "patternProperties");
  if (typeof patterns.value === "object" && patterns.value !== null) {
    for (const pattern of Object.keys(patterns.value)) judge(pattern, patterns, pattern);
  }
}
