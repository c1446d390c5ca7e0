// What applications hand to Node's response, in all the forms that Node takes, as bytes and field lines.
import type { ServerResponse } from "node:http";

/** What Node takes for a chunk of a body. */
export function isBytes(chunk: unknown): chunk is string | Uint8Array {
  return typeof chunk === "string" || chunk instanceof Uint8Array;
}

export function bytesOf(chunk: string | Uint8Array, encoding: unknown): Buffer {
  if (typeof chunk === "string") {
    return Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
  }
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** Fields set on the response and those given to writeHead, which win (Node's order). */
export function linesOf(response: ServerResponse, extra: unknown): string[] {
  const fields = new Map<string, [string, unknown]>();
  for (const name of response.getHeaderNames()) fields.set(name.toLowerCase(), [name, response.getHeader(name)]);
  if (Array.isArray(extra)) addList(fields, extra);
  else if (typeof extra === "object" && extra !== null) {
    for (const [name, value] of Object.entries(extra)) fields.set(name.toLowerCase(), [name, value]);
  }
  const lines: string[] = [];
  for (const [name, value] of fields.values()) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) lines.push(name, String(one));
  }
  return lines;
}

/** A flat list: what it names replaces what was set, and may come more than once. */
function addList(fields: Map<string, [string, unknown]>, list: readonly unknown[]): void {
  const given = new Map<string, [string, string[]]>();
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = String(list[i]);
    const values = given.get(name.toLowerCase())?.[1] ?? [];
    values.push(...[list[i + 1]].flat().map(String));
    given.set(name.toLowerCase(), [name, values]);
  }
  for (const [lower, entry] of given) fields.set(lower, entry);
}
