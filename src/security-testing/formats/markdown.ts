// Findings as Markdown for a comment on a pull request: what fails in full, the rest as numbers.
import { ruleFor } from "../registry.ts";
import { failing, isWhole, type Judged, nameOfUntested, placeOf, tally, type TestResult } from "../result.ts";

/** Code hosts cut comments at 65,536 characters. */
const LENGTH_MAX = 60_000;
const ROWS_MAX = 50;

export function toMarkdown(result: TestResult): string {
  const { findings, untested, mistakes, gone, hasBaseline, failOn } = result;
  const failed = failing(result);
  const isFailing = new Set(failed);
  const open = findings.filter(({ decision }) => decision === undefined);
  const others = open.filter((finding) => !isFailing.has(finding) && finding.state === "new");
  const missed = untested.filter(({ isExpected }) => !isExpected);
  const unchanged = open.filter(({ state }) => state === "unchanged").length;
  const decided = findings.length - open.length;
  const parts = [
    `## ${verdict(result)}`,
    `${result.title === "" ? "" : `**${plain(result.title)}**: `}${tally(failed.concat(others))}${hasBaseline ? `; ${unchanged} as in the baseline, ${gone.length} gone` : ""}${decided === 0 ? "" : `; ${decided} decided`}. It fails from \`${failOn}\` on.`,
    ...(failed.length === 0 ? [] : [table(failed)]),
    ...(missed.length === 0
      ? []
      : [
          `**Not tested**\n\n${missed.map(({ kind, what, why }) => `- ${plain(nameOfUntested({ kind, what }))}: ${plain(why)}`).join("\n")}`,
        ]),
    ...(mistakes.length === 0
      ? []
      : [
          `**Decisions**\n\n${mistakes.map(({ file, line, message }) => `- \`${file}:${line}\` ${plain(message)}`).join("\n")}`,
        ]),
    ...(others.length === 0
      ? []
      : [`<details><summary>${others.length} that do not make it fail</summary>\n\n${table(others)}\n\n</details>`]),
  ];
  return `${cut(parts)}\n`;
}

function verdict(result: TestResult): string {
  const count = failing(result).length;
  if (count > 0) return `❌ Security: ${count} ${count === 1 ? "finding" : "findings"}`;
  return isWhole(result) ? "✅ Security: passed" : "⚠️ Security: not all could be tested";
}

function table(findings: readonly Judged[]): string {
  const rows = findings.slice(0, ROWS_MAX).map((finding) => {
    const { severity, message, evidence } = finding;
    const place = placeOf(finding);
    const curls = evidence.flatMap(({ curl }) => (curl === undefined ? [] : [`<br>${code(curl)}`]));
    return `| ${severity} | ${place === undefined ? "" : code(place)} | ${plain(message)}${curls.join("")} | ${remedyOf(finding)} |`;
  });
  const more = findings.length - rows.length;
  return [
    "| severity | where | what | what to do |",
    "|---|---|---|---|",
    ...rows,
    ...(more > 0 ? [`\n… and ${more} more.`] : []),
  ].join("\n");
}

/** Ours may have markup; that of a case or of another tool is text. */
function remedyOf(finding: Judged): string {
  if (finding.remedy !== undefined) return plain(finding.remedy);
  const { remedy } = ruleFor(finding);
  return finding.described === undefined ? remedy.replaceAll("|", String.raw`\|`) : plain(remedy);
}

/** Whole parts as long as they fit: half a table would be shown as text. */
function cut(parts: readonly string[]): string {
  const fitting: string[] = [];
  let length = 0;
  for (const part of parts) {
    length += part.length + 2;
    if (length > LENGTH_MAX) return [...fitting, "The rest does not fit here: see the whole report."].join("\n\n");
    fitting.push(part);
  }
  return fitting.join("\n\n");
}

/** Text of others stays text: no markup, no mention of people, no row that ends early. */
function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/[\\`*_[\]|#!]/g, String.raw`\$&`)
    .replaceAll("@", "@\u{200B}");
}

function code(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<code>${escaped.replaceAll("|", "&#124;").replaceAll(/\s+/g, " ")}</code>`;
}
