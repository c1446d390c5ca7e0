// Findings as one HTML page that fetches nothing: to be read, filtered and sent on.
import { createHash } from "node:crypto";
import { ruleFor } from "../registry.ts";
import { failing, isWhole, type Judged, nameOfUntested, placeOf, tally, type TestResult } from "../result.ts";
import { SEVERITIES } from "../rule.ts";
import { SCRIPT, STYLE } from "./html-page.ts";

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
/** What others wrote stands in the page: nothing of it may run. */
const POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; base-uri 'none'; form-action 'none'`;

export function toHtml(result: TestResult): string {
  const { findings, untested, mistakes, gone, version, atMs } = result;
  const title = `Security test${result.title === "" ? "" : ` of ${result.title}`}`;
  const failed = new Set(failing(result));
  const open = findings.filter(({ decision, state }) => decision === undefined && state === "new");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${text(title)}</h1>
${verdict(result)}
<p>${text(tally(open))}${counted(result)}</p>
<p class="dim">Portcullis ${text(version)}, ${text(new Date(atMs).toISOString().replace("T", " ").slice(0, "2026-11-26 10:00".length))} UTC, ${text(result.kinds.join(", "))}</p>
${list(
  "Decisions that are not in order",
  mistakes.map(({ file, line, message }) => `<code>${text(`${file}:${line}`)}</code> ${text(message)}`),
)}
${list(
  "Not tested",
  untested.map(
    ({ kind, what, why, isExpected }) =>
      `${isExpected ? "" : "<strong>"}${text(nameOfUntested({ kind, what }))}${isExpected ? "" : "</strong>"}: ${text(why)}`,
  ),
)}
<h2>Findings</h2>
${filter(findings)}
${findings.map((finding) => details(finding, failed.has(finding))).join("\n")}
${list(
  "Gone since the baseline",
  gone.map(({ rule, message }) => `${text(message)} <code>${text(rule)}</code>`),
)}
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function verdict(result: TestResult): string {
  const count = failing(result).length;
  if (count > 0) return `<p class="verdict failed">Failed: ${count} of severity ${result.failOn} or over</p>`;
  if (!isWhole(result)) return '<p class="verdict unknown">Not all could be tested</p>';
  return `<p class="verdict">Passed: nothing of severity ${result.failOn} or over</p>`;
}

function counted({ findings, gone, hasBaseline }: TestResult): string {
  const decided = findings.filter(({ decision }) => decision !== undefined).length;
  const unchanged = findings.filter(({ decision, state }) => decision === undefined && state === "unchanged").length;
  const parts = [
    ...(decided === 0 ? [] : [`${decided} decided`]),
    ...(hasBaseline ? [`${unchanged} as in the baseline`, `${gone.length} gone`] : []),
  ];
  return parts.map((part) => `; ${part}`).join("");
}

function list(title: string, items: readonly string[]): string {
  if (items.length === 0) return "";
  return `<h2>${text(title)}</h2>\n<ul>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
}

/** Shown by the script: where none runs, nothing could be filtered. */
function filter(findings: readonly Judged[]): string {
  const boxes = SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return `<label><input type="checkbox" value="${severity}" checked>${severity} (${count})</label>`;
  });
  const kinds = [...new Set(findings.map((finding) => ruleFor(finding).kind))];
  const options = kinds.map((kind) => `<option>${kind}</option>`).join("");
  const states = ["new", "unchanged", "decided"].map((state) => `<option>${state}</option>`).join("");
  return `<fieldset hidden><legend>Filter</legend>${boxes.join("")}
<label>Kind <select name="kind"><option value="">all</option>${options}</select></label>
<label>State <select name="state"><option value="">all</option>${states}</select></label>
<label>Text <input type="search"></label></fieldset>
<p class="dim"><output></output></p>`;
}

function details(finding: Judged, isOpen: boolean): string {
  const { severity, message, operation, parameter, confidence, fingerprint, sources, decision, state } = finding;
  const rule = ruleFor(finding);
  const rows: (readonly [string, string])[] = [
    ["Rule", `<code>${text(rule.id)}</code> ${text(rule.title)}`],
    ["What to do", prose(finding.remedy ?? rule.remedy)],
    ...(operation === undefined
      ? []
      : [["Operation", text(`${operation.method} ${operation.template} (${operation.id})`)] as const]),
    ...(parameter === undefined ? [] : [["Part", `<code>${text(parameter)}</code>`] as const]),
    [
      "Where",
      finding.places.map(({ file, line, column }) => `<code>${text(`${file}:${line}:${column}`)}</code>`).join(", "),
    ],
    ["Class", text([...rule.cwe.map((number) => `CWE-${number}`), ...rule.owasp].join(", "))],
    ...(rule.cvss === undefined ? [] : [["CVSS", `<code>${text(rule.cvss)}</code>`] as const]),
    ["Found by", text(`${sources.join(", ")}, ${confidence}`)],
    ...(decision === undefined
      ? []
      : [
          [
            "Decision",
            text(`${decision.status} by ${decision.owner} until ${decision.until}: ${decision.reason}`),
          ] as const,
        ]),
    ["Fingerprint", `<code>${text(fingerprint)}</code>`],
  ];
  const shown = rows.filter(([, value]) => value !== "").map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`);
  const data = `data-severity="${severity}" data-kind="${rule.kind}" data-state="${decision === undefined ? state : "decided"}"`;
  return `<details class="${severity}" ${data}${isOpen ? " open" : ""}><summary><span class="severity">${severity}</span> ${text(message)} <code class="dim">${text(placeOf(finding) ?? "")}</code></summary>
<div><dl>${shown.join("")}</dl>${finding.evidence.map(evidence).join("")}</div></details>`;
}

function evidence({ say, curl, request, response }: Judged["evidence"][number]): string {
  const parts = [curl, request, response].flatMap((part) => (part === undefined ? [] : [`<pre>${text(part)}</pre>`]));
  return `<p>${text(say)}</p>${parts.join("")}`;
}

/** Remedies name settings and fields between backticks. */
function prose(value: string): string {
  return text(value).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function text(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
