// Bytes of a request of HTTP/1.1, exactly as a probe wrote it.
import type { Wire } from "../wire.ts";

const METHODS_WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

export function messageOf(wire: Wire, authority: string): Buffer {
  const { method, target, fields, isExact = false } = wire;
  const body = bodyOf(wire);
  const has = (wanted: string) => fields.some(([name]) => name.toLowerCase() === wanted);
  const lines = [`${method} ${target} HTTP/1.1`];
  if (!isExact && !has("host")) lines.push(`Host: ${authority}`);
  for (const [name, value] of fields) lines.push(`${name}: ${value}`);
  const needsLength = (body !== undefined || METHODS_WITH_BODY.has(method)) && !has("content-length");
  if (!isExact && needsLength && !has("transfer-encoding")) lines.push(`Content-Length: ${body?.length ?? 0}`);
  const head = bytesOf(`${lines.join("\r\n")}\r\n\r\n`);
  return body === undefined ? head : Buffer.concat([head, body]);
}

export function bodyOf({ body }: Wire): Buffer | undefined {
  if (body === undefined) return undefined;
  return typeof body === "string" ? Buffer.from(body, "utf8") : Buffer.from(body);
}

/** A character is a byte, as long as all of them fit into one: so a probe can say any byte. */
function bytesOf(text: string): Buffer {
  // oxlint-disable-next-line no-control-regex -- every character of one byte
  return Buffer.from(text, /^[\u0000-\u00ff]*$/.test(text) ? "latin1" : "utf8");
}
