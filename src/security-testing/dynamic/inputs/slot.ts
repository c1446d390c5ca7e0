// The places of a request that a caller fills: each parameter, and each member of a body in JSON or a form.
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Located } from "../../../openapi/located.ts";
import type { Operation, ParameterPlace } from "../../../openapi/operation.ts";
import { isObject } from "../../../openapi/pointer.ts";
import type { RequestValues } from "../requests.ts";
import { type HeldSchema, heldSchema } from "./held-schema.ts";

export interface Slot {
  readonly place: ParameterPlace | "body";
  /** The parameter's name; of a body the way from its root, which has none. */
  readonly keys: readonly (string | number)[];
  /** As findings name it: `query limit`, `body /lines/0/sku`, `body`. */
  readonly label: string;
  readonly schema: HeldSchema;
  readonly isRequired: boolean;
  /** It goes out as text whatever its type: a number where a text is asked for is one. */
  readonly isText: boolean;
}

/** In place of a value: nothing is sent. */
export const NOTHING: unique symbol = Symbol("nothing");

const LEVELS_MAX = 5;
const SLOTS_MAX = 250;
/** Other parts of the document speak of them (OpenAPI 3.1, 4.8.12.1). */
const IGNORED = new Set(["accept", "content-type", "authorization"]);

export function slotsOf(operation: Operation, mediaType: string | undefined, set: DocumentSet): readonly Slot[] {
  const slots: Slot[] = [];
  for (const { name, in: place, schema, required } of operation.parameters) {
    if (schema === undefined || (place === "header" && IGNORED.has(name))) continue;
    const label = `${place} ${name}`;
    slots.push({ place, keys: [name], label, schema: heldSchema(schema, set), isRequired: required, isText: true });
  }
  const { requestBody } = operation;
  const media = requestBody?.content.find(({ name }) => name === mediaType);
  if (requestBody === undefined || media?.schema === undefined || !isStructured(media.name)) return slots;
  addBody(media.schema, { keys: [], isRequired: requestBody.required, isText: !isJson(media.name) }, slots, set);
  return slots;
}

export function isJson(mediaType: string): boolean {
  return /[/+]json\b/.test(mediaType);
}

function isStructured(mediaType: string): boolean {
  return isJson(mediaType) || mediaType.startsWith("application/x-www-form-urlencoded");
}

type As = Pick<Slot, "keys" | "isRequired" | "isText">;

function addBody(at: Located, as: As, slots: Slot[], set: DocumentSet): void {
  const schema = heldSchema(at, set);
  const { keys } = as;
  if (keys.length > LEVELS_MAX || slots.length >= SLOTS_MAX || schema.isReadOnly) return;
  slots.push({ ...as, place: "body", label: labelOf(keys), schema });
  for (const [name, property] of schema.properties) {
    const isRequired = schema.required.includes(name);
    addBody(property, { ...as, keys: [...keys, name], isRequired }, slots, set);
  }
  if (schema.items !== undefined) addBody(schema.items, { ...as, keys: [...keys, 0], isRequired: true }, slots, set);
}

function labelOf(keys: Slot["keys"]): string {
  return keys.length === 0 ? "body" : `body /${keys.map((key) => (key === 0 ? "*" : key)).join("/")}`;
}

export function valueAt(values: RequestValues, { place, keys }: Slot): unknown {
  if (place !== "body") return values[place][keys[0] as string];
  return keys.reduce<unknown>((node, key) => (isContainer(node) ? node[key] : undefined), values.body);
}

/** Whether what the slot is part of is there: else a value in it would need others beside it. */
export function isReached(values: RequestValues, { place, keys }: Slot): boolean {
  if (place !== "body" || keys.length === 0) return true;
  const parent = keys
    .slice(0, -1)
    .reduce<unknown>((node, key) => (isContainer(node) ? node[key] : undefined), values.body);
  return typeof keys.at(-1) === "number" ? Array.isArray(parent) : isObject(parent);
}

export function withValue(values: RequestValues, { place, keys }: Slot, value: unknown): RequestValues {
  if (place === "body") {
    // A text alone is written as JSON writes it: what is handed on as a text goes out as it stands.
    const isWhole = keys.length === 0 && typeof value === "string" && isJson(values.mediaType ?? "");
    return { ...values, body: isWhole ? JSON.stringify(value) : replaced(values.body, keys, value) };
  }
  const [name = ""] = keys as readonly string[];
  const { [name]: _old, ...others } = values[place];
  return { ...values, [place]: value === NOTHING ? others : { ...others, [name]: value } };
}

type Container = Readonly<Record<string | number, unknown>>;

function isContainer(node: unknown): node is Container {
  return typeof node === "object" && node !== null;
}

function replaced(node: unknown, [key, ...deeper]: Slot["keys"], value: unknown): unknown {
  if (key === undefined) return value === NOTHING ? undefined : value;
  const below = replaced(isContainer(node) ? node[key] : undefined, deeper, value);
  if (typeof key === "number") {
    const list: unknown[] = Array.isArray(node) ? [...(node as unknown[])] : [];
    list[key] = below;
    return list;
  }
  const { [key]: _old, ...others } = isObject(node) ? node : {};
  return value === NOTHING && deeper.length === 0 ? others : { ...others, [key]: below };
}
