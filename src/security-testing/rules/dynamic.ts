// Rules about the running API.
import type { RuleRow } from "../rule.ts";
import { DYNAMIC_ACCESS_RULES } from "./dynamic-access.ts";
import { DYNAMIC_INPUTS_RULES } from "./dynamic-inputs.ts";
import { DYNAMIC_LIMITS_RULES } from "./dynamic-limits.ts";
import { DYNAMIC_OBJECTS_RULES } from "./dynamic-objects.ts";
import { DYNAMIC_SURFACE_RULES } from "./dynamic-surface.ts";

export const DYNAMIC_RULES = {
  ...DYNAMIC_ACCESS_RULES,
  ...DYNAMIC_OBJECTS_RULES,
  ...DYNAMIC_INPUTS_RULES,
  ...DYNAMIC_SURFACE_RULES,
  ...DYNAMIC_LIMITS_RULES,
} as const satisfies Readonly<Record<string, RuleRow>>;
