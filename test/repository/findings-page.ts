// docs/findings.md as the registry of rules says it should be, and what the page says, read back.
import { RULES } from "../../src/security-testing/registry.ts";
import { KINDS, type Kind, type Rule } from "../../src/security-testing/rule.ts";

export const FINDINGS_PAGE = "docs/findings.md";

const TITLES: Readonly<Record<Kind, string>> = {
  contract: "What document and policy give away",
  source: "The source code",
  dependencies: "What it depends on",
  secrets: "Secrets in files",
  dynamic: "The running API",
};

/** What of a rule stands in its row. */
export function rowOf({ id, severity, title, cwe, owasp, remedy, cvss }: Rule): string {
  const classes = [...cwe.map((number) => `CWE-${number}`), ...owasp, ...(cvss === undefined ? [] : [`\`${cvss}\``])];
  return `| \`${id}\` | ${severity} | ${cell(title)} | ${classes.join(", ")} | ${cell(remedy)} |`;
}

/** The rows of every table on the page. */
export function pageRows(page: string): string[] {
  return page.split("\n").filter((line) => /^\| `[a-z]+\.[a-z0-9-]+` \|/.test(line));
}

export function renderFindingsPage(): string {
  const sections = KINDS.flatMap((kind) => {
    const rows = [...RULES.values()].filter((rule) => rule.kind === kind).map(rowOf);
    if (rows.length === 0) return [];
    return [
      `## ${TITLES[kind]}\n\n| rule | severity | what is wrong | class | what to do |\n|---|---|---|---|---|\n${rows.join("\n")}\n`,
    ];
  });
  return `# Findings

What \`portcullis test\` can find ([security testing](security-testing.md)). A rule's name is stable: reports, decisions and baselines carry it, and it is
never reused. The severity is the usual one: a case can be worse or better, and its finding says so.

A test holds this page equal to the registry in \`src/security-testing/rules\`; \`node test/repository/write-findings.ts\` writes it anew.

${sections.join("\n")}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
