// The fields of an event as attributes, by the names of OpenTelemetry's semantic conventions where they have one, else by ECS's.

export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type Attributes = Record<string, Value>;

/** An event as any part of it may be missing: other versions wrote other fields. */
export interface LooseEvent {
  readonly [name: string]: Value | undefined;
}

/** ECS's names and OpenTelemetry's, where they differ. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["client.address", "client.address"],
  ["client.ip", "client.address"],
  ["event.id", "log.record.uid"],
  ["event.sequence", "portcullis.sequence"],
  ["http.request.body.bytes", "http.request.body.size"],
  ["http.request.id", "http.request.header.x-request-id"],
  ["http.response.body.bytes", "http.response.body.size"],
  ["http.version", "network.protocol.version"],
  ["portcullis.operation.template", "http.route"],
  ["source.address", "network.peer.address"],
  ["source.ip", "network.peer.address"],
]);

/** What the record itself says in fields of its own, and what becomes spans. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "@timestamp",
  "ecs",
  "log",
  "message",
  "portcullis.guards",
  "service",
  "span",
  "trace",
]);

export function attributesOf(event: LooseEvent): Attributes {
  const attributes: Attributes = {};
  flatten(event, "", attributes);
  return attributes;
}

function flatten(value: LooseEvent, before: string, into: Attributes): void {
  for (const [name, inner] of Object.entries(value)) {
    const key = before + name;
    if (ELSEWHERE.has(key) || inner === undefined || inner === null) continue;
    if (isGroup(inner)) flatten(inner, `${key}.`, into);
    // What the header says is a list there.
    else if (key === "http.request.id") into[NAMES.get(key) as string] = [inner];
    else into[NAMES.get(key) ?? key] = inner;
  }
}

export function isGroup(value: Value | undefined): value is { readonly [name: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Text at a dotted place, or undefined. */
export function textAt(event: LooseEvent, ...at: readonly string[]): string | undefined {
  const found = valueAt(event, at);
  return typeof found === "string" ? found : undefined;
}

export function numberAt(event: LooseEvent, ...at: readonly string[]): number | undefined {
  const found = valueAt(event, at);
  return typeof found === "number" ? found : undefined;
}

export function valueAt(event: LooseEvent, at: readonly string[]): Value | undefined {
  let found: Value | undefined = event as Value;
  for (const name of at) found = isGroup(found) ? found[name] : undefined;
  return found;
}
