// Rules about who gets what: the matrix of authorization, and credentials that must not be believed.
import type { RuleRow } from "../rule.ts";

export const DYNAMIC_ACCESS_RULES = {} as const satisfies Readonly<Record<string, RuleRow>>;
