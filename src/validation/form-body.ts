// Reads application/x-www-form-urlencoded bodies as a query of the schema's properties, by the styles of their `encoding`.
import { isUtf8 } from "node:buffer";
import { namesMethod } from "../http/method-parameter.ts";
import { type PropertyEncoding, readEncoding } from "../openapi/body-encoding.ts";
import type { Located } from "../openapi/located.ts";
import type { Parameter } from "../openapi/operation.ts";
import { QueryReader } from "../openapi/parameter-query.ts";
import { UNKNOWN_SHAPE, type ValueShape } from "../openapi/parameter-shape.ts";
import type { ShapedParameter } from "../openapi/parameter-style.ts";
import { ABSENT, EMPTY, Malformed } from "../openapi/parameter-value.ts";
import { pointerTo } from "../openapi/pointer.ts";
import { type BodyReading, unreadable, violated } from "./body-reading.ts";
import type { SchemaViolation } from "./explanation.ts";
import { FORM_FIELDS_MAX, VIOLATIONS_MAX } from "./limits.ts";
import { OVERRIDES_METHOD } from "./method-field.ts";
import type { OperationNames } from "./operation-names.ts";
import { shownName } from "./sentence.ts";
import { readJson } from "./strict-json.ts";

/** Parameters know where they are described; fields of a form are properties, and nobody asks. */
const NOWHERE: Located = { value: {}, file: "", pointer: "" };
const JSON_BEGINS = /^\s*[{[]/;
const STYLED: PropertyEncoding = { contentTypes: undefined, style: "form", explode: true, allowReserved: false };

/** Compiled once for each declared form. */
export class FormReader {
  readonly #names: readonly string[];
  readonly #fields: readonly ShapedParameter[];
  readonly #query: QueryReader;

  /** Why a field that no property is may not come; undefined where the schema describes such fields. */
  readonly #elsewhere: ((name: string) => string | undefined) | undefined;

  constructor(shape: ValueShape, encoding: Located | undefined, names?: OperationNames) {
    if (shape.additional === undefined) this.#elsewhere = (name) => names?.besideForm(name);
    const encodings = readEncoding(encoding);
    this.#names = [...shape.properties.keys()];
    this.#fields = this.#names.map((name) =>
      fieldOf(name, shape.properties.get(name) as ValueShape, encodings.get(name)),
    );
    // What no property is goes into one object, so that the schema can say what becomes of it.
    const rest: ValueShape = { ...UNKNOWN_SHAPE, kind: "object", additional: shape.additional };
    this.#query = new QueryReader([...this.#fields, { parameter: parameterOf("", STYLED), shape: rest }]);
  }

  /** Bytes to an object without prototype. A field may come twice only where the schema declares an array. */
  read(bytes: Uint8Array): BodyReading {
    if (!isUtf8(bytes)) return unreadable("The body is not valid UTF-8.");
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    // Not all APIs ask what a body calls itself before they read it as JSON.
    if (JSON_BEGINS.test(text)) return unreadable("The body is JSON, not a form.");
    const { values, undeclared, refused } = this.#query.read(text);
    if (undeclared !== undefined) return unreadable("The body is not valid percent-encoded UTF-8.");
    const violations: SchemaViolation[] = [];
    for (const { name, sentence } of refused ?? []) report(name, sentence, violations);
    const value = Object.create(null) as Record<string, unknown>;
    const rest = values.at(-1);
    if (rest instanceof Malformed) report("a field", rest.sentence, violations);
    else if (rest !== ABSENT) Object.assign(value, rest);
    // Only what no property is stands there by now.
    for (const name in value) {
      const wrong = namesMethod(name) ? OVERRIDES_METHOD : this.#elsewhere?.(name);
      if (wrong !== undefined) report(name, wrong, violations);
    }
    if (Object.hasOwn(value, "")) return unreadable("A field of the body has no name.");
    for (const [index, name] of this.#names.entries()) {
      const field = values[index];
      if (field instanceof Malformed) report(name, field.sentence, violations);
      else if (field !== ABSENT && field !== EMPTY)
        value[name] = withJson(field, this.#fields[index] as ShapedParameter);
    }
    if (violations.length > 0) return violated(violations.slice(0, VIOLATIONS_MAX));
    return { ok: true, value, values: FORM_FIELDS_MAX };
  }
}

function report(name: string, sentence: string, violations: SchemaViolation[]): void {
  const shown = shownName(name);
  violations.push({ at: pointerTo("", shown), message: `${shown} ${sentence}` });
}

function fieldOf(name: string, shape: ValueShape, encoding: PropertyEncoding | undefined): ShapedParameter {
  const styled = encoding?.style !== undefined;
  const parameter = parameterOf(name, styled ? encoding : STYLED);
  // An object inside a form is written as JSON unless a style says otherwise (OpenAPI 3.1, 4.8.15).
  if (shape.kind !== "object" || styled) return { parameter, shape };
  return {
    parameter: { ...parameter, content: { name: "application/json", schema: NOWHERE, encoding: undefined } },
    shape,
  };
}

function parameterOf(name: string, { style = "form", explode, allowReserved }: PropertyEncoding): Parameter {
  const fixed = { in: "query", required: false, allowEmptyValue: false, content: undefined } as const;
  return { ...fixed, name, style, explode, allowReserved, schema: NOWHERE, at: NOWHERE };
}

/** Texts of objects become what their JSON says; what is none stays text, and its schema says so. */
function withJson(value: unknown, { parameter, shape }: ShapedParameter): unknown {
  if (parameter.content !== undefined) return jsonOf(value as string);
  return Array.isArray(value) && shape.items?.kind === "object" ? value.map(jsonOf) : value;
}

/** The value of a text that is strict JSON, else the text. */
export function jsonOf(text: string): unknown {
  const reading = readJson(Buffer.from(text, "utf8"));
  return reading.ok ? reading.value : text;
}
