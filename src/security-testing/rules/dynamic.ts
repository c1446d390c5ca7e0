// Rules about the running API.
import type { RuleRow } from "../rule.ts";

export const DYNAMIC_RULES = {} as const satisfies Readonly<Record<string, RuleRow>>;
