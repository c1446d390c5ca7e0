// Field lines that speak of a body's bytes: they are wrong once the bytes were changed.
import type { FieldLines } from "./fields.ts";

/** Fields that describe the exact bytes (RFC 9110 8.8, RFC 9530): gone when the body is another one. */
const OF_THE_BYTES = new Set([
  "content-length",
  "etag",
  "last-modified",
  "accept-ranges",
  "content-digest",
  "repr-digest",
  "digest",
  "content-md5",
  "transfer-encoding",
]);

/** The same lines for a changed body of `bytes` length. */
export function changedBodyLines(lines: FieldLines, bytes: number): string[] {
  const changed: string[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string;
    if (!OF_THE_BYTES.has(name.toLowerCase())) changed.push(name, lines[i + 1] as string);
  }
  changed.push("Content-Length", String(bytes));
  return changed;
}
