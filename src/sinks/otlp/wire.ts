// The official transformer, loaded when the first batch is sent: who has no such sink does not pay for it. It turns what OpenTelemetry's
// own SDK holds into requests, so events take that form here, without the SDK's processors, which drop without a word.
import type * as Transformer from "@opentelemetry/otlp-transformer";

export type LogRecord = Parameters<typeof Transformer.ProtobufLogsSerializer.serializeRequest>[0][number];
export type Span = Parameters<typeof Transformer.ProtobufTraceSerializer.serializeRequest>[0][number];
export type ResourceMetrics = Parameters<typeof Transformer.ProtobufMetricsSerializer.serializeRequest>[0];
export type Metric = ResourceMetrics["scopeMetrics"][number]["metrics"][number];
export type MetricPoint = Metric["dataPoints"][number];
export type Resource = LogRecord["resource"];
/** Seconds and nanoseconds. */
export type Time = LogRecord["hrTime"];

export const SCOPE = Object.freeze({ name: "portcullis" });

let loading: Promise<typeof Transformer> | undefined;

export function transformer(): Promise<typeof Transformer> {
  return (loading ??= import("@opentelemetry/otlp-transformer"));
}

export function timeOf(timeMs: number): Time {
  const seconds = Math.floor(timeMs / 1_000);
  return [seconds, Math.round((timeMs - seconds * 1_000) * 1e6)];
}

/** A moment `nanoseconds` later. */
export function later([seconds, nanos]: Time, nanoseconds: number): Time {
  const sum = nanos + Math.max(0, Math.round(nanoseconds));
  return [seconds + Math.floor(sum / 1e9), sum % 1e9];
}
