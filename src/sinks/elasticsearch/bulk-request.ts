// The body of a bulk request: an action and an event for each record. `create` with the event's own id makes a resend harmless.
import type { SpooledRecord } from "../../monitoring/index.ts";

/** Of an `_id`, as the server has it. */
const ID_BYTES_MAX = 512;
const LINE_BREAK = 0x0a;
const END = Buffer.of(LINE_BREAK);

/** Why a record can never be part of a body: what it holds would be read as something else, or refuse the body whole. */
export function whyUnfit({ id, json }: SpooledRecord): string | undefined {
  // A second line would be an action of its own: a delete of whatever it names.
  if (json.includes(LINE_BREAK)) return "the event holds a line break";
  const bytes = Buffer.byteLength(id);
  if (bytes === 0 || bytes > ID_BYTES_MAX) return `its id has ${bytes} bytes: 1 to ${ID_BYTES_MAX} are possible`;
  return undefined;
}

export function bulkBody(records: readonly SpooledRecord[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const { id, json } of records) {
    parts.push(Buffer.from(`{"create":{"_id":${JSON.stringify(id)}}}\n`), json, END);
  }
  return Buffer.concat(parts);
}
