// Judges the whole root document by OpenAPI's own schema of its version, and tells what that found in sentences.
import { Validator } from "@seriousme/openapi-schema-validator";
import type { ErrorObject, ValidateFunction } from "ajv";
import type { Findings } from "./findings.ts";
import { nearest } from "./known-keys.ts";
import type { Located } from "./located.ts";
import { memberOf, pointerKeys } from "./pointer.ts";
import type { Version } from "./version.ts";

/** The package's `validate` also copies the document to resolve references, which we do ourselves: this is its schema alone. */
type SchemaHolder = { getAjvValidator(version: string): ValidateFunction };

/** What describes, but protects nothing: a mistake there is a warning. */
const DOCUMENTATION =
  /^\/(?:info|tags|externalDocs|webhooks)(?:\/|$)|\/(?:example|examples|externalDocs|xml|links|callbacks|contact|license|deprecated|summary|description)(?:\/|$)/;

/** Where schemas are. Keywords that 3.0 does not have (`const`, `examples`) are ignored by everyone, so they are warnings; misspelled ones are errors. */
const SCHEMA = /\/schema(?:\/|$)|^\/components\/schemas\/[^/]+/;
const SCHEMA_KEYWORDS =
  "title multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxProperties minProperties required enum type not allOf oneOf anyOf items properties additionalProperties description format default nullable discriminator readOnly writeOnly example externalDocs deprecated xml".split(
    " ",
  );

const compiled = new Map<Version, ValidateFunction>();

/** Notes what the version's schema has to say and nothing else has said yet. */
export function judgeByMetaschema(findings: Findings): void {
  const { set } = findings;
  let validate = compiled.get(set.version);
  if (validate === undefined) {
    const holder = new Validator({ allErrors: true, verbose: false }) as unknown as SchemaHolder;
    compiled.set(set.version, (validate = holder.getAjvValidator(set.version)));
  }
  if (validate(set.root.value)) return;
  for (const error of deepest(set.root.value, validate.errors ?? [])) {
    const key = unknownKey(error);
    const at = set.child(set.root, ...pointerKeys(error.instancePath));
    if (findings.covers(key === undefined ? at.pointer : set.child(at, key).pointer)) continue;
    report(findings, error, at, key);
  }
}

function report(findings: Findings, error: ErrorObject, at: Located, key: string | undefined): void {
  const place = key === undefined ? at.pointer : `${at.pointer}/${key}`;
  const isHarmless = DOCUMENTATION.test(place) || isForeignKeyword(place, key) || lacksAnswers(error);
  const where = pointerKeys(at.pointer).at(-1);
  const subject = where === undefined ? "the document" : `"${where}"`;
  const [message, remedy] = sentence(error, at, subject, key);
  if (isHarmless) findings.warn("openapi.structure", at, message, remedy, key);
  else findings.error("openapi.structure", at, message, remedy, key);
}

/** Answers that nobody described are answers that nothing is known of: no mistake of the gate's. */
function lacksAnswers(error: ErrorObject): boolean {
  if (error.instancePath.endsWith("/responses")) return unknownKey(error) === undefined;
  const missing = (error.params as Record<string, unknown>)["missingProperty"];
  return error.keyword === "required" && (missing === "responses" || missing === "description");
}

/** A keyword of newer schemas in one of 3.0, near to none that 3.0 has. */
function isForeignKeyword(place: string, key: string | undefined): boolean {
  return key !== undefined && SCHEMA.test(place) && nearest(key, SCHEMA_KEYWORDS) === undefined;
}

function sentence(
  error: ErrorObject,
  at: Located,
  subject: string,
  key: string | undefined,
): [string, string | undefined] {
  const parameters = error.params as Record<string, unknown>;
  if (key !== undefined) {
    const meant = SCHEMA.test(`${at.pointer}/`) ? nearest(key, SCHEMA_KEYWORDS) : undefined;
    const remedy = "Remove it, or let its name begin with x- where it is an extension.";
    return [`"${key}" is not known here`, meant === undefined ? remedy : `Did you mean "${meant}"?`];
  }
  if (at.pointer.endsWith("/responses") && (error.keyword === "required" || error.keyword === "minProperties")) {
    return [
      '"responses" describes no answer',
      "Describe the answers by status, or by default: without them none is checked.",
    ];
  }
  if (error.keyword === "required") {
    return [
      `${subject} lacks "${String(parameters["missingProperty"])}"`,
      `Add "${String(parameters["missingProperty"])}".`,
    ];
  }
  if (error.keyword === "minProperties") return [`${subject} is empty`, "Describe at least one, or remove it."];
  if (error.keyword === "enum" && Array.isArray(parameters["allowedValues"])) {
    const allowed = parameters["allowedValues"].map(String);
    const meant = typeof at.value === "string" ? nearest(at.value, allowed) : undefined;
    return [
      `${subject} must be one of ${allowed.join(", ")}`,
      meant === undefined ? undefined : `Did you mean "${meant}"?`,
    ];
  }
  return [`${subject} ${error.message ?? "is not as OpenAPI has it"}`, undefined];
}

function unknownKey(error: ErrorObject): string | undefined {
  const parameters = error.params as Record<string, unknown>;
  const key = parameters["additionalProperty"] ?? parameters["unevaluatedProperty"];
  return typeof key === "string" ? key : undefined;
}

/** One of `paths` and these is enough since OpenAPI 3.1; an API that is called has `paths`. */
const NEEDLESS: ReadonlySet<string> = new Set(["components", "webhooks"]);

/**
 * Where alternatives failed, the schema reports each of them and then itself. What the owner needs is the deepest mistake;
 * that something is not a reference is no mistake unless it says `$ref`.
 */
function deepest(root: unknown, errors: readonly ErrorObject[]): ErrorObject[] {
  const telling = errors.filter((error) => {
    if (
      error.keyword === "required" &&
      error.instancePath === "" &&
      NEEDLESS.has(String(error.params["missingProperty"]))
    )
      return false;
    if (["oneOf", "anyOf", "if", "not"].includes(error.keyword)) return false;
    return !error.schemaPath.includes("/Reference/") || !isReferenceNoise(root, error);
  });
  const paths = (telling.length > 0 ? telling : errors).map((error) => error.instancePath);
  const kept = new Map<string, ErrorObject>();
  for (const error of telling.length > 0 ? telling : errors) {
    const isAbove = paths.some((path) => path !== error.instancePath && path.startsWith(`${error.instancePath}/`));
    if (isAbove && unknownKey(error) !== undefined && error.keyword === "unevaluatedProperties") continue;
    const identity = `${error.instancePath} ${error.keyword} ${unknownKey(error) ?? JSON.stringify(error.params)}`;
    if (!kept.has(identity)) kept.set(identity, error);
  }
  return [...kept.values()];
}

function isReferenceNoise(root: unknown, error: ErrorObject): boolean {
  const value = pointerKeys(error.instancePath).reduce<unknown>(memberOf, root);
  return memberOf(value, "$ref") === undefined;
}
