// Reads application/x-www-form-urlencoded bodies strictly, typed by the schema's properties.
import { isUtf8 } from "node:buffer";
import { UNKNOWN_SHAPE, type ValueShape } from "../openapi/parameter-shape.ts";
import { decodeText, readScalar } from "../openapi/parameter-value.ts";
import { FORM_FIELDS_MAX } from "./limits.ts";
import { type JsonReading, readJson } from "./strict-json.ts";

/** Bytes to an object without prototype. A field may come twice only where the schema declares an array. */
export function readForm(bytes: Uint8Array, shape: ValueShape): JsonReading {
  if (!isUtf8(bytes)) return no("The body is not valid UTF-8.");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const value = Object.create(null) as Record<string, unknown>;
  let fields = 0;
  if (text === "") return { ok: true, value, values: 0 };
  for (const pair of text.split("&", FORM_FIELDS_MAX + 2)) {
    fields += 1;
    if (fields > FORM_FIELDS_MAX) return no(`The body has more than ${FORM_FIELDS_MAX} fields.`);
    const equals = pair.indexOf("=");
    const name = decodeText(equals < 0 ? pair : pair.slice(0, equals), "form");
    const raw = decodeText(equals < 0 ? "" : pair.slice(equals + 1), "form");
    if (name === undefined || raw === undefined) return no("The body is not valid percent-encoded UTF-8.");
    if (name === "") return no("A field of the body has no name.");
    if (name === "__proto__") return no("A member is named __proto__.");
    const field = shape.properties.get(name) ?? shape.additional ?? UNKNOWN_SHAPE;
    const present = Object.hasOwn(value, name);
    if (field.kind === "array") {
      const items = (present ? value[name] : []) as unknown[];
      items.push(readScalar(raw, field.items ?? UNKNOWN_SHAPE));
      value[name] = items;
    } else if (present) {
      return no("A field of the body is given twice.");
    } else {
      value[name] = field.kind === "object" ? readMember(raw) : readScalar(raw, field);
    }
  }
  return { ok: true, value, values: fields };
}

/** An object inside a form is written as JSON (OpenAPI 3.1, 4.8.15); what is none stays text, and its schema says so. */
function readMember(text: string): unknown {
  const reading = readJson(Buffer.from(text, "utf8"));
  return reading.ok ? reading.value : text;
}

function no(problem: string): JsonReading {
  return { ok: false, problem };
}
