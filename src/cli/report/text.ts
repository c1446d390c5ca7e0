// The report for people.
import type { Colours } from "../colours.ts";
import type { Row } from "./findings.ts";
import type { Item } from "./items.ts";
import { times } from "./new-operations.ts";
import type { Report } from "./outline.ts";
import { ClientTally, type Tally } from "./tally.ts";

const CLIENTS_SHOWN = 3;
const EXAMPLES_SHOWN = 3;

export function reportLines(report: Report, top: number, colours: Colours): string[] {
  const { read, rows, used, noise, patch } = report;
  const title = (text: string, count: number) => ["", colours.bold(count === 0 ? `${text}: nothing` : text)];
  return [
    ...readLines(report, colours),
    ...(read.events === 0
      ? []
      : [
          ...title("Monitor would have denied", rows["would-deny"].length),
          ...rowLines(rows["would-deny"], top, colours),
          ...title("Denied for real", rows.denied.length),
          ...rowLines(rows.denied, top, colours),
          ...(rows["not-judged"].length === 0 ? [] : title("Could not be judged", 1)),
          ...rowLines(rows["not-judged"], top, colours),
          ...title("Used but not declared", used.length),
          ...itemLines(used, top, colours),
          ...(noise.length === 0 ? [] : title("Asked for and not proposed", 1)),
          ...noiseLines(noise),
        ]),
    ...remarks(report, colours),
    ...(patch === undefined ? [] : patchRemarks(report, colours)),
  ];
}

function readLines({ read }: Report, colours: Colours): string[] {
  const { files, events, system, older, broken, foreign } = read;
  const what = files.length === 1 ? files[0] : `${files.length} files`;
  const when = events === 0 ? "" : `, ${period(read)} UTC`;
  const left = [
    system === 0 ? "" : `${number(system)} of the gateway itself`,
    older === 0 ? "" : `${number(older)} older`,
    foreign === 0 ? "" : `${number(foreign)} lines of something else`,
    broken === 0 ? "" : `${number(broken)} broken lines`,
  ].filter((part) => part !== "");
  return [
    `${colours.bold(`${number(events)} ${events === 1 ? "request" : "requests"}`)} in ${what ?? "no file"}${when}`,
    ...(left.length === 0 ? [] : [colours.dim(`left out: ${left.join(", ")}`)]),
  ];
}

function rowLines(rows: readonly Row[], top: number, colours: Colours): string[] {
  const shown = rows.slice(0, top);
  const width = Math.max(0, ...shown.map(({ operation }) => operation.length));
  const reasons = Math.max(0, ...shown.map(({ reason }) => reason.length));
  return [
    ...shown.flatMap((row) => [
      `  ${number(row.count).padStart(7)}  ${row.operation.padEnd(width)}  ${row.reason.padEnd(reasons)}  ${period(row)}`,
      `           ${colours.dim(`${clientsOf(row)}; for example ${row.example}`)}`,
    ]),
    ...more(rows.length, top),
  ];
}

/** `ann 8, 192.0.2.1 4, 2 more` */
function clientsOf({ clients, others }: ClientTally): string {
  const sorted = [...clients].sort(([, a], [, b]) => b.count - a.count);
  const parts = sorted.slice(0, CLIENTS_SHOWN).map(([name, { count }]) => `${name} ${number(count)}`);
  const rest = sorted.length - parts.length;
  if (others > 0) parts.push(`${rest > 0 ? `${number(rest)} or more` : "further"} clients`);
  else if (rest > 0) parts.push(`${number(rest)} more`);
  return parts.join(", ");
}

function itemLines(items: readonly Item[], top: number, colours: Colours): string[] {
  const shown = items.slice(0, top);
  const width = Math.max(0, ...shown.map(({ operation }) => operation.length));
  return [
    ...shown.flatMap(({ kind, operation, what, type, tally, because }) => {
      const of = type === undefined ? "" : ` (${type})`;
      const line = `  ${number(tally.count).padStart(7)}  ${operation.padEnd(width)}  ${kind === "operation" ? `answered ${what}` : `${what}${of}`}`;
      const why = because === undefined ? "" : `; not proposed: ${because}`;
      return [line, `           ${colours.dim(`${byWhom(tally)}for example ${tally.example}${why}`)}`];
    }),
    ...more(items.length, top),
  ];
}

function byWhom(tally: Tally): string {
  return tally instanceof ClientTally ? `${clientsOf(tally)}; ` : "";
}

/** One line for each reason why something is not proposed. */
function noiseLines(items: readonly Item[]): string[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(item.because ?? "", [...(groups.get(item.because ?? "") ?? []), item]);
  return [...groups].map(([because, group]) => {
    const count = group.reduce((sum, { tally }) => sum + tally.count, 0);
    const examples = group.slice(0, EXAMPLES_SHOWN).map(({ operation }) => operation);
    const rest = group.length - examples.length;
    return `  ${number(count).padStart(7)}  ${because}: ${examples.join(", ")}${rest > 0 ? `, ${number(rest)} more` : ""}`;
  });
}

function remarks({ read, hidden, unknownOperations, reached, hasDocument, used }: Report, colours: Colours): string[] {
  const texts = [
    ...read.troubles,
    ...(read.wasStopped ? ["stopped before the end: what was not read is not in this report"] : []),
    ...reached,
    ...(hidden.count === 0
      ? []
      : [`${times(hidden.count)}, an undeclared path was asked for that the record does not show whole`]),
    ...(unknownOperations.length === 0
      ? []
      : [`operations that this document does not have: ${unknownOperations.slice(0, 5).join(", ")}`]),
    ...(hasDocument || used.length === 0 ? [] : ["nothing is proposed without a document: name it with --openapi"]),
  ];
  return texts.length === 0 ? [] : ["", ...texts.map((text) => `${colours.yellow("note")}  ${text}`)];
}

function patchRemarks({ patch }: Report, colours: Colours): string[] {
  const problems = patch?.problems ?? [];
  if (problems.length === 0) return [];
  return [
    "",
    ...problems.map(
      ({ message }) => `${colours.yellow("note")}  the proposal does not pass check as it is: ${message}`,
    ),
  ];
}

function more(count: number, top: number): string[] {
  return count > top ? [`           and ${number(count - top)} more: --top ${count}`] : [];
}

function period({ first, last }: { readonly first: string; readonly last: string }): string {
  return first.slice(0, 16) === last.slice(0, 16) ? time(first) : `${time(first)} to ${time(last)}`;
}

/** `2026-11-26 05:20` */
function time(timestamp: string): string {
  return timestamp.slice(0, 16).replace("T", " ");
}

function number(value: number): string {
  return value.toLocaleString("en");
}
