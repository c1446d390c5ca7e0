// Compares secrets without telling by the time it takes where they differ (CWE-208).
import { timingSafeEqual } from "node:crypto";

/** Whether both are the same bytes. Only their lengths may show. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
