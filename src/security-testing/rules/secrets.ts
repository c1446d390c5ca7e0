// Rules about secrets in files.
import type { RuleRow } from "../rule.ts";

export const SECRETS_RULES = {} as const satisfies Readonly<Record<string, RuleRow>>;
