// Rules about what shows of the API beside its operations, and how it answers.
import type { RuleRow } from "../rule.ts";

export const DYNAMIC_SURFACE_RULES = {} as const satisfies Readonly<Record<string, RuleRow>>;
