// What no value can be: bodies that two readers take for two things, and parameters that come twice.
import { isObject } from "../../../openapi/pointer.ts";
import type { RequestValues } from "../requests.ts";
import type { Changes, Ground } from "./ground.ts";
import { UNDECLARED_NAME } from "./mutations-of-members.ts";
import { isJson } from "./slot.ts";

export interface RawMutation {
  readonly label: string;
  readonly name: string;
  readonly values: RequestValues;
  readonly changes?: Changes;
}

/** Deeper than the gate reads. */
const LEVELS = 80;

/** All of it is refused by the gate, whatever the document says. */
export function* rawMutations({ subject, values, slots }: Ground): Generator<RawMutation> {
  const { operation, policy } = subject;
  const { body, mediaType } = values;
  for (const { place, keys, label, schema } of slots) {
    const isScalar = schema.types.length === 1 && !["array", "object"].includes(schema.types[0] as string);
    if (place !== "query" || !isScalar) continue;
    const name = String(keys[0]);
    const usual = values.query[name];
    const value = typeof usual === "string" || typeof usual === "number" ? String(usual) : "1";
    const once = `&${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    const query = usual === undefined ? once + once : once;
    yield { label, name: "that comes twice", values, changes: { query } };
  }
  if (policy.validation.unknownParameters === "enforce") {
    const name = "that is not declared";
    yield { label: `query ${UNDECLARED_NAME}`, name, values, changes: { query: `&${UNDECLARED_NAME}=1` } };
  }
  if (body === undefined || mediaType === undefined) return;
  const encoded = { values, changes: { fields: [["Content-Encoding", "x-unknown"]] } } as const;
  yield { label: "header Content-Encoding", name: "that is not known", ...encoded };
  const isWhole = slots.every(({ place }) => place !== "body");
  if (isWhole && operation.requestBody?.required === true)
    yield { label: "body", name: "left out although it is required", values: { ...values, body: undefined } };
  if (!isJson(mediaType) || typeof body === "string") return;
  const text = JSON.stringify(body);
  const deep = "[".repeat(LEVELS) + "]".repeat(LEVELS);
  const [first] = isObject(body) ? Object.entries(body) : [];
  if (first !== undefined) {
    const twice = `{${JSON.stringify(first[0])}:${JSON.stringify(first[1])},${text.slice(1)}`;
    yield { label: "body", name: "that has a member twice", values: { ...values, body: twice } };
    const nested = `${text.slice(0, -1)},"${UNDECLARED_NAME}":${deep}}`;
    yield { label: "body", name: "that is too deep", values: { ...values, body: nested } };
  }
  yield { label: "body", name: "with more behind its end", values: { ...values, body: `${text} x` } };
  const invalid = Buffer.concat([
    Buffer.from(text.slice(0, -1)),
    Buffer.from([0x20, 0xff, 0x20]),
    Buffer.from(text.slice(-1)),
  ]);
  yield { label: "body", name: "that is no UTF-8", values: { ...values, body: invalid } };
}
