// Rules about what it depends on.
import type { RuleRow } from "../rule.ts";

export const DEPENDENCIES_RULES = {} as const satisfies Readonly<Record<string, RuleRow>>;
