// Families as text: Prometheus 0.0.4, or OpenMetrics 1.0.0 with exemplars where the reader asks for it.
import type { Family, HistogramSample } from "./family.ts";

export type MetricsFormat = "prometheus" | "openmetrics";

export const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** OpenMetrics only for those who name it: what reads `text/plain` may not know exemplars. */
export function formatFor(accept: string | undefined): MetricsFormat {
  return accept?.includes("application/openmetrics-text") === true ? "openmetrics" : "prometheus";
}

export function exposition(families: Iterable<Family>, format: MetricsFormat): string {
  const lines: string[] = [];
  for (const family of families) writeFamily(family, format, lines);
  if (format === "openmetrics") lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

function writeFamily(family: Family, format: MetricsFormat, lines: string[]): void {
  const { name, help, labelNames } = family;
  const isOpen = format === "openmetrics";
  // In 0.0.4 the family has the name of its samples, and there is no type "info".
  const suffix = family.kind === "counter" ? "_total" : family.kind === "info" ? "_info" : "";
  const shown = isOpen ? name : name + suffix;
  lines.push(`# HELP ${shown} ${escapedHelp(help)}`);
  lines.push(`# TYPE ${shown} ${!isOpen && family.kind === "info" ? "gauge" : family.kind}`);
  if (family.kind === "histogram") {
    for (const sample of family.samples()) writeHistogram(name, labelNames, family.bounds, sample, isOpen, lines);
    return;
  }
  for (const { labels, value } of family.samples()) {
    lines.push(`${name}${suffix}${labelText(labelNames, labels)} ${number(value)}`);
  }
}

function writeHistogram(
  name: string,
  labelNames: readonly string[],
  bounds: readonly number[],
  sample: HistogramSample,
  isOpen: boolean,
  lines: string[],
): void {
  const names = [...labelNames, "le"];
  let cumulated = 0;
  for (let at = 0; at <= bounds.length; at += 1) {
    cumulated += sample.counts[at] as number;
    const bound = bounds[at];
    const le = bound === undefined ? "+Inf" : isOpen && Number.isInteger(bound) ? `${bound}.0` : String(bound);
    const exemplar = isOpen ? sample.exemplars[at] : undefined;
    const shown =
      exemplar === undefined
        ? ""
        : ` # {trace_id="${exemplar.traceId}"} ${number(exemplar.value)} ${(exemplar.timeMs / 1_000).toFixed(3)}`;
    lines.push(`${name}_bucket${labelText(names, [...sample.labels, le])} ${number(cumulated)}${shown}`);
  }
  lines.push(`${name}_sum${labelText(labelNames, sample.labels)} ${number(sample.sum)}`);
  lines.push(`${name}_count${labelText(labelNames, sample.labels)} ${number(cumulated)}`);
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return "";
  return `{${names.map((name, at) => `${name}="${escapedLabel(values[at] ?? "")}"`).join(",")}}`;
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return Number.isNaN(value) ? "NaN" : String(value);
}

function escapedLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapedHelp(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
