// The table at the end, as text for a terminal and as Markdown for docs/performance.md.
import { FLOOR, NGINX } from "./contenders/list.ts";
import type { Participant, Result } from "./measure.ts";

const HEAD = ["contender", "CPU µs/request", "× nginx", "× floor", "requests/s", "p50 ms", "p99 ms"];

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function resultTables(results: readonly Result[]): Table[] {
  const names = [...new Set(results.map((result) => result.workload))];
  return names.map((title) => {
    const of = results.filter((result) => result.workload === title);
    const cost = (name: string) => of.find((result) => result.contender === name)?.cpuMicrosecondsPerRequest;
    const rows = of.map((result) => [
      result.contender,
      result.cpuMicrosecondsPerRequest.toFixed(1),
      ratio(result.cpuMicrosecondsPerRequest, cost(NGINX)),
      ratio(result.cpuMicrosecondsPerRequest, cost(FLOOR)),
      result.requestsPerSecond.toFixed(0),
      result.p50Ms.toFixed(2),
      result.p99Ms.toFixed(2),
    ]);
    return { title, head: HEAD, rows };
  });
}

export function startTable(participants: readonly Participant[]): Table {
  const rows = participants.map(({ contender, running, idleBytes }) => [
    contender.name,
    running.startMs.toFixed(0),
    (idleBytes / 1_000_000).toFixed(0),
  ]);
  return { title: "Start", head: ["contender", "ready after ms", "idle memory MB"], rows };
}

export function asText({ title, head, rows }: Table): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] as string).length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  return [title, line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

export function asMarkdown({ title, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [`### ${title}`, "", line(head), line(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(line)].join(
    "\n",
  );
}

function ratio(value: number, to: number | undefined): string {
  return to === undefined ? "" : (value / to).toFixed(2);
}
