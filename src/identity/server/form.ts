// Reads what a page's form or a client sends: bounded, of one media type, each field once.
import type { IncomingMessage } from "node:http";

/** The largest form has an address, a password and two tokens. */
const BODY_BYTES_MAX = 16 * 1024;

export type Form = ReadonlyMap<string, string>;

/** Undefined where it is too large, of another type, or names a field twice. */
export async function readForm(request: IncomingMessage): Promise<Form | undefined> {
  if (mediaType(request) !== "application/x-www-form-urlencoded") return undefined;
  const text = await readText(request);
  if (text === undefined) return undefined;
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) return undefined;
    form.set(name, value);
  }
  return form;
}

/** An object of texts. Undefined where it is anything else. */
export async function readJsonForm(request: IncomingMessage): Promise<Form | undefined> {
  const value = await readJson(request);
  if (value === undefined) return undefined;
  const entries = Object.entries(value);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === "string")
    ? new Map(entries)
    : undefined;
}

/** An object. Undefined where it is anything else. */
export async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (mediaType(request) !== "application/json") return undefined;
  const text = await readText(request);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

function mediaType(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return undefined;
  }
}
