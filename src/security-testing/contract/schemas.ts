// Contract rules about values: what has no bound, what takes members that nobody declared, what answers give away.
import { isObject } from "../../openapi/pointer.ts";
import type { Severity } from "../rule.ts";
import { type Placed, placedSchemas, type Schema, typesOf } from "./schema-walk.ts";
import { type Case, nameOf, type Subject, WRITES } from "./subject.ts";

export function* schemaCases(subject: Subject): Generator<Case> {
  for (const placed of placedSchemas(subject.api.set, subject.api.operations)) {
    yield* boundCases(placed);
    yield* objectCases(placed, subject);
    yield* idCases(placed, subject);
    yield* secretCases(placed, subject);
  }
  yield* bodyCases(subject);
}

/** A case at a schema. What stands in components is the same flaw whoever uses it. */
function caseAt(placed: Placed, rule: Case["rule"], say: string, more: Partial<Case> = {}): Case {
  const { at, operation, label } = placed;
  const parameter = label.trimEnd();
  const isShared = !at.pointer.startsWith("/paths/");
  const what = isShared ? `${at.file}#${at.pointer}` : "";
  return {
    rule,
    at,
    operation,
    parameter,
    message: `${nameOf(operation)}, ${parameter}: ${say}`,
    what,
    isShared,
    ...more,
  };
}

/** What only the API itself sends is its own promise: nobody attacks with it. */
function weight({ direction }: Placed, severity?: Severity): { readonly severity?: Severity } {
  if (direction === "answer") return { severity: "info" };
  return severity === undefined ? {} : { severity };
}

const has = (schema: Schema, ...names: readonly string[]) => names.some((name) => schema[name] !== undefined);

/** Formats whose texts have a length of their own. */
const SHORT = new Set(["uuid", "date", "date-time", "time", "ipv4", "ipv6", "byte-1"]);
const PAGE_SIZE =
  /^(?:limit|count|size|first|last|top|take|max|max_?results|(?:per_?page|page_?(?:size|limit)))$|^\$top$/i;

function* boundCases(placed: Placed): Generator<Case> {
  const { effective: schema, name } = placed;
  const types = typesOf(schema);
  const isFixed = has(schema, "enum", "const");
  if (isFixed || (placed.isPart && typesOf(placed.at.value).length === 0)) return;
  const isFile = schema["format"] === "binary" || schema["contentMediaType"] === "application/octet-stream";
  if (types.includes("string") && !isFile) {
    if (!has(schema, "maxLength") && !isShort(schema))
      yield caseAt(placed, "contract.string-unbounded", "a text of any length", weight(placed));
    if (!has(schema, "format", "pattern"))
      yield caseAt(placed, "contract.string-unrestricted", "a text of anything", weight(placed));
  }
  const isInteger = types.includes("integer");
  if (isInteger || types.includes("number")) {
    const isBelow = has(schema, "maximum", "exclusiveMaximum");
    const isPage = placed.direction === "request" && placed.label.startsWith("query ") && PAGE_SIZE.test(name);
    if (isPage && !isBelow) yield caseAt(placed, "contract.page-size-unbounded", "as much as the caller likes");
    else if (!isBelow || !has(schema, "minimum", "exclusiveMinimum"))
      yield caseAt(placed, "contract.number-unbounded", "a number of any size", weight(placed));
    if (isInteger && !has(schema, "format"))
      yield caseAt(placed, "contract.integer-format-missing", "an integer of unknown width", weight(placed));
  }
  if (types.includes("array") && !has(schema, "maxItems"))
    yield caseAt(placed, "contract.array-unbounded", "a list of any length", weight(placed));
}

/** Anchored at both ends, without anything that repeats for ever. */
function isShort(schema: Schema): boolean {
  const { format, pattern } = schema;
  if (typeof format === "string" && SHORT.has(format)) return true;
  if (typeof pattern !== "string" || !pattern.startsWith("^") || !pattern.endsWith("$")) return false;
  return !/[*+]|\{\d+,\}|\|/.test(pattern.replaceAll(/\\.|\[(?:\\.|[^\]])*\]/g, "x"));
}

function* objectCases(placed: Placed, { api }: Subject): Generator<Case> {
  const { effective: schema, at } = placed;
  const isPlain = isObject(at.value["properties"]) || typesOf(at.value).includes("object");
  const isComposed = Array.isArray(at.value["allOf"]) && isObject(schema["properties"]);
  if (placed.isPart || (!isPlain && !isComposed)) return;
  const closing = ["additionalProperties", "unevaluatedProperties"].filter((name) => schema[name] !== undefined);
  if (closing.some((name) => schema[name] === false)) return;
  const isMap = closing.some((name) => isObject(schema[name]) && Object.keys(schema[name]).length > 0);
  if (isMap || has(schema, "patternProperties")) {
    if (!has(schema, "maxProperties"))
      yield caseAt(placed, "contract.object-unbounded", "any number of members", weight(placed));
    return;
  }
  const isWrite = WRITES.has(placed.operation.method);
  const remedy =
    isComposed && api.set.version === "3.0"
      ? "OpenAPI 3.0 cannot close what `allOf` puts together: write the properties into one schema with `additionalProperties: false`, or move to 3.1."
      : undefined;
  yield caseAt(placed, "contract.object-open", "members that nobody declared", {
    ...weight(placed, isWrite ? undefined : "low"),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

const ID = /^(?:id|uid|pk|key|no|nr|num|number)$|(?:[_-]id|Id|ID|[_-]no|Number|[_-]number)$/;

/** What names an object in a path, or anywhere by its name. */
function* idCases(placed: Placed, subject: Subject): Generator<Case> {
  const { effective: schema, label, name, operation } = placed;
  const isPath = label.startsWith("path ");
  if (!isPath && !(/^(?:query|header|cookie) /.test(label) && ID.test(name))) return;
  if (has(schema, "enum", "const")) return;
  const isNumeric =
    typesOf(schema).some((type) => type === "integer" || type === "number") ||
    /^\^?(?:\\d|\[0-9\])(?:[+*]|\{[\d,]+\})?\$?$/.test(typeof schema["pattern"] === "string" ? schema["pattern"] : "");
  if (!isNumeric || (isPath && !ID.test(name) && !operation.template.endsWith(`{${name}}`))) return;
  const isPublic = subject.policies.get(operation)?.alternatives.length === 0;
  yield caseAt(placed, "contract.id-enumerable", "whoever knows one number knows the next", {
    confidence: "firm",
    ...(isPublic ? { severity: "medium" } : {}),
  });
}

const SECRET =
  /^(?:(?:client|user|account|new|old|current)?_?)(?:password|passwd|passphrase|secret)(?:_?(?:hash|salt|digest))?$|^(?:private|secret)_?key$|^(?:totp|otp|mfa)_?secret$|^cvv2?$|^cvc$/i;

function* secretCases(placed: Placed, subject: Subject): Generator<Case> {
  const { effective: schema, direction, name, operation, label } = placed;
  const answers = subject.policies.get(operation)?.validation.responses;
  const isHidden = schema["writeOnly"] === true;
  if (direction === "request" || !label.startsWith("answer")) return;
  if (isHidden) {
    if (answers === "enforce" || answers === "strip") return;
    const say = "is writeOnly, and answers are not held to it";
    yield caseAt(placed, "contract.write-only-unguarded", say, { confidence: "firm" });
  } else if (schema["format"] === "password" || (SECRET.test(name) && !typesOf(schema).includes("boolean"))) {
    yield caseAt(placed, "contract.answer-exposes-secret", "a secret in an answer", { confidence: "firm" });
  }
}

function* bodyCases({ api }: Subject): Generator<Case> {
  for (const operation of api.operations) {
    for (const { name, schema } of operation.requestBody?.content ?? []) {
      const isEmpty = schema === undefined || (isObject(schema.value) && Object.keys(schema.value).length === 0);
      if (!isEmpty || name === "application/octet-stream") continue;
      const message = `${nameOf(operation)}: a body of ${name} may be anything`;
      const at = operation.at;
      yield {
        rule: "contract.body-undescribed",
        at,
        key: "requestBody",
        operation,
        parameter: "body",
        message,
        what: name,
      };
    }
  }
}
