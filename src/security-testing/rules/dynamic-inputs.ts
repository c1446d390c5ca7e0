// Rules about what callers send: bounds, types and injection.
import type { RuleRow } from "../rule.ts";

export const DYNAMIC_INPUTS_RULES = {} as const satisfies Readonly<Record<string, RuleRow>>;
