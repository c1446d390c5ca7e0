// Reads a recorded event back: what a search asks for, and how a person sees it. Whatever is broken or foreign is undefined.
import { consoleLine } from "./console-line.ts";
import type { EventView, Level } from "./sink.ts";

export interface RecordedEvent {
  readonly timestamp: string;
  readonly level: Level;
  readonly reason: string | undefined;
  readonly subject: string | undefined;
  readonly operation: string | undefined;
  readonly status: number | undefined;
  readonly view: EventView;
}

type Loose = Readonly<Record<string, unknown>>;

const LEVELS: ReadonlySet<unknown> = new Set<Level>(["info", "warn", "error"]);

export function readRecordedEvent(line: string): RecordedEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const event = value as Loose;
  const timestamp = text(event, "@timestamp");
  const timeMs = Date.parse(timestamp ?? "");
  if (timestamp === undefined || Number.isNaN(timeMs)) return undefined;
  const written = text(event, "log", "level");
  const level = LEVELS.has(written) ? (written as Level) : "info";
  const status = number(event, "http", "response", "status_code");
  const found = {
    timestamp,
    level,
    reason: text(event, "event", "reason") ?? text(event, "event", "code"),
    subject: text(event, "user", "id"),
    operation: text(event, "portcullis", "operation", "id"),
    status,
  };
  return { ...found, view: viewOf(event, timeMs, level, found) };
}

/** One line for a terminal. */
export function recordedLine({ view }: RecordedEvent, coloured: boolean): string {
  return consoleLine(view, coloured);
}

function viewOf(
  event: Loose,
  timeMs: number,
  level: Level,
  found: Pick<RecordedEvent, "reason" | "subject" | "operation" | "status">,
): EventView {
  const method = text(event, "http", "request", "method");
  if (method === undefined) {
    const action = found.reason ?? text(event, "event", "action") ?? "-";
    return { kind: "system", timeMs, level, action, message: text(event, "message") ?? "" };
  }
  return {
    kind: "exchange",
    timeMs,
    level,
    status: found.status ?? 0,
    method,
    path: text(event, "url", "path") ?? "",
    what: found.reason ?? found.operation ?? "-",
    who: found.subject ?? text(event, "portcullis", "authentication", "client_id") ?? "",
    address: text(event, "client", "ip") ?? text(event, "client", "address") ?? "",
    durationMs: (number(event, "event", "duration") ?? 0) / 1e6,
    id: text(event, "http", "request", "id") ?? "",
    remark: text(event, "portcullis", "internal") ?? text(event, "portcullis", "detail") ?? "",
  };
}

function at(event: Loose, path: readonly string[]): unknown {
  let node: unknown = event;
  for (const name of path) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) return undefined;
    node = (node as Loose)[name];
  }
  return node;
}

function text(event: Loose, ...path: readonly string[]): string | undefined {
  const value = at(event, path);
  return typeof value === "string" ? value : undefined;
}

function number(event: Loose, ...path: readonly string[]): number | undefined {
  const value = at(event, path);
  return typeof value === "number" ? value : undefined;
}
