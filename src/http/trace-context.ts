// W3C Trace Context: reads `traceparent` strictly and continues the trace with a span of ours, or begins one.
import { randomFillSync } from "node:crypto";

/** Continues the caller's trace where one came, else begins one. Same shape as core's TraceContext. */
export interface ContinuedTrace {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly flags: string;
}

/** Without a caller's word a trace is sampled: an API that samples by its parent would else record nothing. */
const SAMPLED = "01";

/** A malformed `traceparent` counts as none (Trace Context 3.2.4): tracing never refuses a request. */
export function continueTrace(traceparent: string | undefined): ContinuedTrace {
  const spanId = randomHex(8);
  if (traceparent === undefined || !isTraceparent(traceparent)) {
    return { traceId: randomHex(16), spanId, parentId: undefined, flags: SAMPLED };
  }
  return {
    traceId: traceparent.slice(3, 35),
    spanId,
    parentId: traceparent.slice(36, 52),
    // Only the bits that version 00 and Level 2 define go on: sampled and random.
    flags: `0${Number.parseInt(traceparent.charAt(54), 16) & 3}`,
  };
}

/** The `traceparent` for whoever is called next. */
export function formatTraceparent(trace: ContinuedTrace): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}

/** `00-<32 hex>-<16 hex>-<2 hex>`, lower case, neither id all zero; later versions may go on after a dash. */
function isTraceparent(text: string): boolean {
  const length = text.length;
  if (length < 55 || text.charCodeAt(2) !== 0x2d || text.charCodeAt(35) !== 0x2d || text.charCodeAt(52) !== 0x2d) {
    return false;
  }
  if (!isLowerHex(text, 0, 2) || !isLowerHex(text, 53, 55) || text.startsWith("ff")) return false;
  if (length > 55 && (text.startsWith("00") || text.charCodeAt(55) !== 0x2d)) return false;
  return isIdentifier(text, 3, 35) && isIdentifier(text, 36, 52);
}

function isIdentifier(text: string, start: number, end: number): boolean {
  if (!isLowerHex(text, start, end)) return false;
  for (let i = start; i < end; i += 1) if (text.charCodeAt(i) !== 0x30) return true;
  return false;
}

function isLowerHex(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) {
    const code = text.charCodeAt(i);
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false;
  }
  return true;
}

/** Random bytes are fetched by the page: one call for each id would cost more than the rest of this file. */
const page = Buffer.allocUnsafe(4_096);
let used = page.length;

function randomHex(bytes: number): string {
  if (used + bytes > page.length) {
    randomFillSync(page);
    used = 0;
  }
  const hex = page.toString("hex", used, used + bytes);
  used += bytes;
  return hex;
}
