// docs/reasons.md as the registry says it should be, and what the page says, read back.
import { PRACTICES } from "../../src/core/practice.ts";
import { type ReasonCode, REASONS } from "../../src/core/reasons/registry.ts";

export const REASONS_PAGE = "docs/reasons.md";

export interface ReasonRow {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
}

export function registryRows(): ReasonRow[] {
  return (Object.keys(REASONS) as ReasonCode[]).map((code) => ({ code, ...REASONS[code] }));
}

/** The rows of every table on the page. */
export function pageRows(page: string): ReasonRow[] {
  const rows: ReasonRow[] = [];
  for (const line of page.split("\n")) {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
    const code = /^`([a-z-]+\.[a-z-]+)`$/.exec(cells[1] ?? "")?.[1];
    if (code === undefined) continue;
    rows.push({ code, status: Number(cells[2]), title: cells[3] ?? "", remedy: cells[4] ?? "" });
  }
  return rows;
}

/** What stands beside the practices refuses, too. */
export const FAMILIES: readonly string[] = [...PRACTICES, "identity"];

export function renderReasonsPage(): string {
  const sections = FAMILIES.flatMap((practice) => {
    const rows = registryRows().filter(({ code }) => code.startsWith(`${practice}.`));
    if (rows.length === 0) return [];
    const lines = rows.map(
      ({ code, status, title, remedy }) => `| \`${code}\` | ${status} | ${cell(title)} | ${cell(remedy)} |`,
    );
    return [
      `## ${practice}\n\n| reason | status | what the client is told | what you can do |\n|---|---|---|---|\n${lines.join("\n")}\n`,
    ];
  });
  return `# Reasons

Every refusal has a reason: a stable code that the answer carries, the audit event carries and this page explains. Codes are never reused, even
when a reason is retired. A refusal is answered as \`application/problem+json\` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with the code in
\`reason\` and the request's id in \`requestId\`, by which the audit event is found.

A test holds this page equal to the registry in \`src/core/reasons\`; \`node test/repository/write-reasons.ts\` writes it anew.

${sections.join("\n")}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
