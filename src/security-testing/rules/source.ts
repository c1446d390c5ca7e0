// Rules about the source code.
import type { RuleRow } from "../rule.ts";

export const SOURCE_RULES = {} as const satisfies Readonly<Record<string, RuleRow>>;
