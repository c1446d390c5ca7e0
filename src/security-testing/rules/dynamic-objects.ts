// Rules about objects, their properties, and what becomes of them.
import type { RuleRow } from "../rule.ts";

export const DYNAMIC_OBJECTS_RULES = {} as const satisfies Readonly<Record<string, RuleRow>>;
