// What a report takes from one line of an audit file. The file is anybody's: nothing in it is believed to have a shape.
import { cut, visible } from "../../monitoring/escaping.ts";
import type { JsonType, Undeclared, UsedName } from "../../core/undeclared.ts";
import { SHOWN_CHARACTERS_MAX } from "./limits.ts";

export interface SeenNote {
  readonly guard: string;
  readonly kind: string;
  readonly reason: string | undefined;
  readonly text: string | undefined;
  readonly undeclared: Undeclared | undefined;
}

export interface SeenEvent {
  readonly timestamp: string;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** 0: there was no answer. */
  readonly status: number;
  readonly operation: string | undefined;
  /** Subject, else client, else address. */
  readonly client: string;
  readonly address: string;
  readonly reason: string | undefined;
  readonly notes: readonly SeenNote[];
}

/** `other`: an event of the gateway itself. */
export type Reading = SeenEvent | "other" | "foreign" | "broken";

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const TYPES: ReadonlySet<string> = new Set(["string", "integer", "number", "boolean", "object", "array", "null"]);
const NO_NOTES: readonly SeenNote[] = [];

export function readEvent(line: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "broken";
  }
  const dataset = textAt(value, "event", "dataset");
  if (dataset === "portcullis.system") return "other";
  const timestamp = textAt(value, "@timestamp");
  if (dataset !== "portcullis.audit" || timestamp === undefined || !TIMESTAMP.test(timestamp)) return "foreign";
  const address = textAt(value, "client", "ip") ?? textAt(value, "client", "address") ?? "unknown";
  const own = at(value, "portcullis");
  return {
    timestamp,
    requestId: textAt(value, "http", "request", "id") ?? "",
    method: textAt(value, "http", "request", "method") ?? "",
    path: textAt(value, "url", "path") ?? "",
    status: statusAt(value, "http", "response", "status_code"),
    operation: textAt(own, "operation", "id"),
    client: textAt(value, "user", "id") ?? textAt(own, "authentication", "client_id") ?? address,
    address,
    reason: textAt(value, "event", "reason"),
    notes: notesOf(at(own, "notes")),
  };
}

function notesOf(value: unknown): readonly SeenNote[] {
  if (!Array.isArray(value)) return NO_NOTES;
  return value.map((note: unknown) => ({
    guard: textAt(note, "guard") ?? "",
    kind: textAt(note, "kind") ?? "",
    reason: textAt(note, "reason"),
    text: textAt(note, "text"),
    undeclared: undeclaredOf(at(note, "undeclared")),
  }));
}

function undeclaredOf(value: unknown): Undeclared | undefined {
  const where = textAt(value, "in");
  if (where !== "query" && where !== "body" && where !== "answer") return undefined;
  const names = at(value, "names");
  const used: UsedName[] = [];
  for (const name of Array.isArray(names) ? (names as unknown[]) : []) {
    const place = textAt(name, "at");
    const type = textAt(name, "type");
    if (place !== undefined && TYPES.has(type ?? "")) used.push({ at: place, type: type as JsonType });
  }
  return { in: where, media: textAt(value, "media"), names: used };
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  let node = value;
  for (const key of keys) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return undefined;
    node = (node as Record<string, unknown>)[key];
  }
  return node;
}

/** As it may be shown: who wrote the file may have forged it. */
function textAt(value: unknown, ...keys: readonly string[]): string | undefined {
  const text = at(value, ...keys);
  return typeof text === "string" ? visible(cut(text, SHOWN_CHARACTERS_MAX)) : undefined;
}

function statusAt(value: unknown, ...keys: readonly string[]): number {
  const status = at(value, ...keys);
  return Number.isSafeInteger(status) && (status as number) >= 100 && (status as number) <= 999
    ? (status as number)
    : 0;
}
