// Finds in an answer the name of what it made or lists: by a link's expression, by Location, by members that are called so.
import { isObject, memberOf, pointerKeys } from "../../../openapi/pointer.ts";
import { fieldOf, jsonOf, type Reply } from "../wire.ts";
import type { RequestValues } from "../requests.ts";

type Fits = (value: unknown) => boolean;

/** What a runtime expression says of this exchange; undefined where it says nothing. A text without `$` is itself. */
export function expressed(expression: string, values: RequestValues, reply: Reply): unknown {
  const [, source = "", place = "", name = ""] =
    /^\$(request|response)\.(body|header|path|query)[#.]?(.*)$/s.exec(expression) ?? [];
  if (source === "") return expression.startsWith("$") ? undefined : expression;
  if (place === "body") return pointedAt(source === "response" ? jsonOf(reply) : values.body, name);
  if (source === "response") return place === "header" ? fieldOf(reply, name.toLowerCase()) : undefined;
  const key = place === "header" ? name.toLowerCase() : name;
  return memberOf(values[place as "header" | "path" | "query"], key);
}

function pointedAt(value: unknown, pointer: string): unknown {
  return pointerKeys(pointer).reduce<unknown>((at, key) => memberOf(at, Array.isArray(at) ? Number(key) : key), value);
}

/** Members under which answers wrap what they are about. */
const WRAPPERS = ["data", "item", "result", "resource", "payload"];
const LISTS = ["items", "data", "results", "content", "records", "entries", "list", "values"];

/** The id of what was made: undefined where the answer does not tell. `shape` is the template that names it. */
export function madeId(reply: Reply, template: string, name: string, sent: unknown, fits: Fits): unknown {
  const located = fromLocation(fieldOf(reply, "location"), template, name);
  const fromThere = located === undefined ? undefined : fitting(located, fits);
  if (fromThere !== undefined) return fromThere;
  const body = jsonOf(reply);
  const found = idIn(body, template, name, fits);
  if (found !== undefined) return found;
  for (const wrapper of [...WRAPPERS, singular(collectionOf(template, name))]) {
    const inner = idIn(memberOf(body, wrapper), template, name, fits);
    if (inner !== undefined) return inner;
  }
  // What the client itself named.
  const own = memberOf(sent, name) ?? memberOf(sent, stem(name));
  return fitting(own, fits);
}

/** Ids of what a list shows. */
export function listedIds(reply: Reply, template: string, name: string, fits: Fits): readonly unknown[] {
  return itemsOf(jsonOf(reply))
    .map((item) => (isObject(item) ? idIn(item, template, name, fits) : fitting(item, fits)))
    .filter((id) => id !== undefined);
}

/** The items of an answer that is a list, or that holds one. */
export function itemsOf(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body as unknown[];
  if (!isObject(body)) return [];
  const lists = Object.entries(body).filter(([, value]) => Array.isArray(value)) as [string, unknown[]][];
  const named = lists.find(([name]) => LISTS.includes(name)) ?? (lists.length === 1 ? lists[0] : undefined);
  return named?.[1] ?? [];
}

function idIn(value: unknown, template: string, name: string, fits: Fits): unknown {
  if (!isObject(value)) return undefined;
  const thing = singular(collectionOf(template, name));
  const names = [name, "id", stem(name), `${thing}Id`, `${thing}_id`, "_id", "uuid", "key", "slug", "code", "name"];
  for (const one of names) {
    const found = fitting(memberOf(value, one), fits);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The value as the parameter's schema has it: numbers stand as texts in addresses, and some answers. */
export function fitting(value: unknown, fits: Fits): unknown {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  if (fits(value)) return value;
  const other = typeof value === "number" ? String(value) : /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
  return other !== undefined && fits(other) ? other : undefined;
}

function fromLocation(location: string | undefined, template: string, name: string): string | undefined {
  const path = location === undefined ? undefined : URL.parse(location, "http://answer.invalid")?.pathname;
  if (path === undefined) return undefined;
  const before = template.slice(0, template.indexOf(`{${name}}`));
  const segment = path.split("/")[before.split("/").length - 1] ?? "";
  const last = segment === "" || before.split("/").length > path.split("/").length ? path.split("/").at(-1) : segment;
  if (last === undefined || last === "") return undefined;
  try {
    return decodeURIComponent(last);
  } catch {
    return undefined;
  }
}

/** `orders` of `/orders/{orderId}`. */
function collectionOf(template: string, name: string): string {
  const segments = template
    .slice(0, template.indexOf(`{${name}}`))
    .split("/")
    .filter(Boolean);
  return segments.findLast((segment) => !segment.startsWith("{")) ?? "";
}

export function singular(name: string): string {
  if (/ies$/i.test(name)) return name.replace(/ies$/i, "y");
  return /(?:ss|us|is)$/i.test(name) ? name : name.replace(/(?<=(?:x|ch|sh|ss))es$|s$/i, "");
}

/** `order` of `orderId`. */
function stem(name: string): string {
  return name.replace(/[_-]?(?:id|uuid|key|name)$/i, "") || name;
}
