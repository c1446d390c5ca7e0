// The one registry of rules: every class of flaw that `portcullis test` can name, in one table.
import type { Finding } from "./finding.ts";
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

/** The registry's, or the other tool's. */
export function ruleFor({ rule, described }: Pick<Finding, "rule" | "described">): Rule {
  return described ?? ruleOf(rule);
}

const FOREIGN = new RegExp(String.raw`^((?:${KINDS.join("|")})\.[a-z0-9_-]+)\.[\w.-]+$`);

/** Who must have run to its end for a finding of this rule to be known as gone: a kind of test, or `dynamic.zap`. */
export function finderOf(rule: string): string | undefined {
  return RULES.get(rule)?.kind ?? FOREIGN.exec(rule)?.[1];
}
