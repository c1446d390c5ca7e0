// What a rule of `portcullis test` is: a class of flaw with a stable, documented name.

/** One of the five kinds of test. */
export const KINDS = ["contract", "source", "dependencies", "secrets", "dynamic"] as const;
export type Kind = (typeof KINDS)[number];

/** The gravest first. */
export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Its row in docs/findings.md is proved equal to the registry by a test. Ids are never reused. */
export interface Rule {
  /** `<kind>.<what>`: `dynamic.object-read-by-another`. */
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  readonly severity: Severity;
  /** CVSS 4.0 vector where it applies. */
  readonly cvss?: string;
  /** CWE numbers. */
  readonly cwe: readonly number[];
  /** OWASP API Security Top 10 of 2023: `API1:2023`. */
  readonly owasp: readonly string[];
  readonly remedy: string;
}

/** A rule without what its table already says. */
export type RuleRow = Omit<Rule, "id" | "kind">;
