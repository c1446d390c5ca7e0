// Families of metrics as OpenTelemetry's data model has them: cumulative since the process began, what is empty or no number left out.
import type { Family } from "../../monitoring/index.ts";
import { attributeName, metricName } from "./metric-names.ts";
import { type Metric, type MetricPoint, SCOPE, type ResourceMetrics, type Resource, type Time } from "./wire.ts";

/** Of the data model; their package would be loaded for these numbers alone. */
const KINDS = { histogram: 0, gauge: 2, sum: 3 } as const;
const DOUBLE = 1;
const CUMULATIVE = 1;

export interface Collected {
  readonly resource: Resource;
  readonly startTime: Time;
  readonly endTime: Time;
  /** The most points of one request. */
  readonly pointsMax: number;
}

/** One or more requests' worth of them, with how many points each has. */
export function metricRequests(
  families: Iterable<Family>,
  collected: Collected,
): { readonly metrics: ResourceMetrics; readonly points: number }[] {
  const requests: { metrics: Metric[]; points: number }[] = [];
  let last = { metrics: [] as Metric[], points: 0 };
  for (const family of families) {
    const points = pointsOf(family, collected);
    for (let at = 0; at < points.length;) {
      if (last.points >= collected.pointsMax) {
        requests.push(last);
        last = { metrics: [], points: 0 };
      }
      const some = points.slice(at, at + collected.pointsMax - last.points);
      last.metrics.push(metricOf(family, some));
      last.points += some.length;
      at += some.length;
    }
  }
  if (last.points > 0) requests.push(last);
  const { resource } = collected;
  return requests.map(({ metrics, points }) => ({
    metrics: { resource, scopeMetrics: [{ scope: SCOPE, metrics }] },
    points,
  }));
}

function metricOf(family: Family, dataPoints: MetricPoint[]): Metric {
  const { kind, help } = family;
  const { name, unit } = metricName(kind === "info" ? `${family.name}_info` : family.name);
  const isSum = kind === "counter";
  return {
    descriptor: { name, description: help, unit, valueType: DOUBLE },
    dataPointType: kind === "histogram" ? KINDS.histogram : isSum ? KINDS.sum : KINDS.gauge,
    aggregationTemporality: CUMULATIVE,
    ...(isSum && { isMonotonic: true }),
    dataPoints,
  } as unknown as Metric;
}

function pointsOf(family: Family, { startTime, endTime }: Collected): MetricPoint[] {
  const { labelNames } = family;
  const made = (labels: readonly string[], value: unknown): MetricPoint =>
    ({ startTime, endTime, attributes: attributesOf(labelNames, labels), value }) as MetricPoint;
  if (family.kind !== "histogram") {
    return [...family.samples()].flatMap(({ labels, value }) => (Number.isNaN(value) ? [] : [made(labels, value)]));
  }
  const { bounds } = family;
  return [...family.samples()].map(({ labels, counts, sum }) => {
    const count = counts.reduce((all, one) => all + one, 0);
    return made(labels, { count, sum, buckets: { boundaries: [...bounds], counts: [...counts] } });
  });
}

function attributesOf(names: readonly string[], values: readonly string[]): Record<string, string | number> {
  const attributes: Record<string, string | number> = {};
  for (const [i, label] of names.entries()) {
    const value = values[i] ?? "";
    if (value === "") continue;
    attributes[attributeName(label)] =
      label === "http_response_status_code" && value !== "_overflow" ? Number(value) : value;
  }
  return attributes;
}
