// Field lines that speak of a body's bytes: they are wrong once the bytes were changed.
import type { FieldLines } from "./fields.ts";

/** Fields that describe the exact bytes (RFC 9110 8.8, RFC 9530): gone when the body is another one. */
const OF_THE_BYTES = new Set([
  "content-length",
  "accept-ranges",
  "content-digest",
  "repr-digest",
  "digest",
  "content-md5",
  "transfer-encoding",
]);

/** Whether the field of that lower-case name describes the bytes that came: wrong where other bytes go on. */
export function describesBytes(lowerName: string): boolean {
  return OF_THE_BYTES.has(lowerName);
}

/** The same lines for a changed body of `bytes` length. */
export function changedBodyLines(lines: FieldLines, bytes: number): string[] {
  const changed = unknownBodyLines(lines);
  changed.push("Content-Length", String(bytes));
  return changed;
}

/**
 * The same lines for a body that may be changed, or would be if it were sent (304, HEAD). What was cut follows from what
 * the API has, so its validators still tell versions apart; but an entity tag no longer means these very bytes: it is weak
 * (RFC 9110 8.8.1). The client sends it back as `If-None-Match`, which is compared weakly.
 */
export function unknownBodyLines(lines: FieldLines): string[] {
  const changed: string[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string;
    const value = lines[i + 1] as string;
    const lower = name.toLowerCase();
    if (lower === "etag" && value.startsWith('"')) changed.push(name, `W/${value}`);
    else if (!OF_THE_BYTES.has(lower)) changed.push(name, value);
  }
  return changed;
}
