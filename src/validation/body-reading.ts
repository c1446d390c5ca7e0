// What reading a body comes to: a value, a body that is none, or places in it that say what is wrong.
import type { SchemaViolation } from "./explanation.ts";

export type BodyReading =
  /** `values`: how many there are in it. */
  | { readonly ok: true; readonly value: unknown; readonly values: number }
  | { readonly ok: false; readonly problem: string }
  | { readonly ok: false; readonly violations: readonly SchemaViolation[] };

/** Violations, most of which name a member of the body. */
export function violated(violations: readonly SchemaViolation[]): BodyReading {
  return { ok: false, violations };
}

export function unreadable(problem: string): BodyReading {
  return { ok: false, problem };
}
