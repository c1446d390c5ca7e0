// What administrators are refused: a registered reason, and what of their request it is about.
import type { ReasonCode } from "../../core/reasons/registry.ts";

export interface Refusal {
  readonly refused: Extract<ReasonCode, `identity.${string}`>;
  /** A sentence for the administrator. */
  readonly detail?: string | undefined;
}

export function refuse(refused: Refusal["refused"], detail?: string): Refusal {
  return detail === undefined ? { refused } : { refused, detail };
}

export function isRefusal(value: object): value is Refusal {
  return "refused" in value;
}
