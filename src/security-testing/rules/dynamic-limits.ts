// Rules about how much callers may ask for.
import type { RuleRow } from "../rule.ts";

export const DYNAMIC_LIMITS_RULES = {} as const satisfies Readonly<Record<string, RuleRow>>;
