// The spans of one sampled exchange: itself, a child for each guard that was asked, and one for the API behind.
import { createHash } from "node:crypto";
import type { SpooledRecord } from "../../monitoring/index.ts";
import { type LooseEvent, isGroup, numberAt, textAt, valueAt } from "./event-attributes.ts";
import { contextOf } from "./log-record.ts";
import { later, type Resource, SCOPE, type Span, timeOf } from "./wire.ts";

const INTERNAL = 0;
const SERVER = 1;
const CLIENT = 2;
const UNSET = 0;
const ERROR = 2;

type Context = ReturnType<Span["spanContext"]>;

/** None where the exchange was not sampled. The same ids each time: a span that comes twice is one. */
export function spansOf(record: SpooledRecord, event: LooseEvent, resource: Resource): readonly Span[] {
  const context = contextOf(event);
  if (context === undefined || context.traceFlags !== 1) return [];
  const begun = timeOf(record.timeMs);
  const own = exchangeSpan(event, context, begun, resource);
  const children: Span[] = [];
  const child = (
    name: string,
    kind: number,
    fromNs: number,
    durationNs: number,
    attributes: Span["attributes"],
  ): void => {
    const id = createHash("sha256").update(`${record.id} ${children.length}`).digest("hex").slice(0, 16);
    const at = { context: { ...context, spanId: id }, parent: context, begun: later(begun, fromNs), durationNs };
    children.push(span(name, kind, at, attributes, UNSET, resource));
  };
  for (const guard of guardsOf(event)) {
    child(guard.name, INTERNAL, guard.startNs, guard.durationNs, { "portcullis.guard": guard.name });
  }
  const gateNs = numberAt(event, "portcullis", "gate", "duration");
  const upstreamNs = numberAt(event, "portcullis", "upstream", "duration");
  if (gateNs !== undefined && upstreamNs !== undefined) {
    const method = textAt(event, "http", "request", "method") ?? "";
    child("upstream", CLIENT, gateNs, upstreamNs, { "http.request.method": method });
  }
  return [own, ...children];
}

function exchangeSpan(event: LooseEvent, context: Context, begun: Span["startTime"], resource: Resource): Span {
  const parentId = textAt(event, "portcullis", "parent_span_id");
  const parent = parentId === undefined ? undefined : { ...context, spanId: parentId, isRemote: true };
  const method = textAt(event, "http", "request", "method") ?? "HTTP";
  const route = textAt(event, "portcullis", "operation", "template");
  const status = numberAt(event, "http", "response", "status_code");
  const reason = textAt(event, "event", "reason");
  const failed = status === undefined || status >= 500;
  const attributes: Span["attributes"] = {
    "http.request.method": method,
    "url.path": textAt(event, "url", "path"),
    "url.scheme": textAt(event, "url", "scheme"),
    "network.protocol.version": textAt(event, "http", "version"),
    "client.address": textAt(event, "client", "ip") ?? textAt(event, "client", "address"),
    "user_agent.original": textAt(event, "user_agent", "original"),
    "http.route": route,
    "http.response.status_code": status,
    "error.type": failed ? (reason ?? (status === undefined ? "no-answer" : String(status))) : undefined,
    "portcullis.reason": reason,
    "portcullis.operation.id": textAt(event, "portcullis", "operation", "id"),
    "portcullis.ended": textAt(event, "portcullis", "ended"),
  };
  for (const name of Object.keys(attributes)) if (attributes[name] === undefined) delete attributes[name];
  const at = { context, parent, begun, durationNs: numberAt(event, "event", "duration") ?? 0 };
  return span(
    route === undefined ? method : `${method} ${route}`,
    SERVER,
    at,
    attributes,
    failed ? ERROR : UNSET,
    resource,
  );
}

interface Place {
  readonly context: Context;
  readonly parent: Context | undefined;
  readonly begun: Span["startTime"];
  readonly durationNs: number;
}

function span(
  name: string,
  kind: number,
  { context, parent, begun, durationNs }: Place,
  attributes: Span["attributes"],
  code: number,
  resource: Resource,
): Span {
  return {
    name,
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the API's package would be loaded for its numbers alone.
    kind,
    spanContext: () => context,
    ...(parent !== undefined && { parentSpanContext: parent }),
    startTime: begun,
    endTime: later(begun, durationNs),
    duration: later([0, 0], durationNs),
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- as above.
    status: { code },
    attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function guardsOf(event: LooseEvent): { name: string; startNs: number; durationNs: number }[] {
  const list = valueAt(event, ["portcullis", "guards"]);
  if (!Array.isArray(list)) return [];
  return list.filter(isGroup).map((guard) => ({
    name: typeof guard["name"] === "string" ? guard["name"] : "guard",
    startNs: typeof guard["start"] === "number" ? guard["start"] : 0,
    durationNs: typeof guard["duration"] === "number" ? guard["duration"] : 0,
  }));
}
