// The one registry of rules: every class of flaw that `portcullis test` can name, in one table.
import { KINDS, type Kind, type Rule, type RuleRow } from "./rule.ts";
import { CONTRACT_RULES } from "./rules/contract.ts";
import { DEPENDENCIES_RULES } from "./rules/dependencies.ts";
import { DYNAMIC_RULES } from "./rules/dynamic.ts";
import { SECRETS_RULES } from "./rules/secrets.ts";
import { SOURCE_RULES } from "./rules/source.ts";

const TABLES: Readonly<Record<Kind, Readonly<Record<string, RuleRow>>>> = {
  contract: CONTRACT_RULES,
  source: SOURCE_RULES,
  dependencies: DEPENDENCIES_RULES,
  secrets: SECRETS_RULES,
  dynamic: DYNAMIC_RULES,
};

/** Every rule by its id. docs/findings.md is proved equal to it by a test. */
export const RULES: ReadonlyMap<string, Rule> = new Map(
  KINDS.flatMap((kind) => Object.entries(TABLES[kind]).map(([id, row]) => [id, { id, kind, ...row }] as const)),
);

/** Throws where there is no such rule: a finding without one is a bug. */
export function ruleOf(id: string): Rule {
  const rule = RULES.get(id);
  if (rule === undefined) throw new Error(`there is no rule ${id}`);
  return rule;
}
