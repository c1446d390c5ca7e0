// A receiver of OTLP over HTTP that reads requests by OpenTelemetry's own protobuf definitions, strictly.
import { createRequire } from "node:module";
import type { Answer, Asked } from "./http-server.ts";

interface Message {
  decode(bytes: Uint8Array): unknown;
  encode(value: object): { finish(): Uint8Array };
  toObject(value: unknown, options: object): unknown;
}

interface Definitions {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly logs: { readonly v1: Readonly<Record<string, Message>> };
        readonly trace: { readonly v1: Readonly<Record<string, Message>> };
        readonly metrics: { readonly v1: Readonly<Record<string, Message>> };
      };
    };
  };
}

const load = createRequire(import.meta.url);
/** Generated from the official definitions; the writer under test is another, written by hand. */
const { collector } = (load("otlp-definitions/build/src/generated/root") as Definitions).opentelemetry.proto;
const LOGS = collector.logs.v1;
const TRACES = collector.trace.v1;
const METRICS = collector.metrics.v1;
const ANSWERS: Readonly<Record<string, readonly [Message | undefined, string]>> = {
  "/v1/logs": [LOGS["ExportLogsServiceResponse"], "rejectedLogRecords"],
  "/v1/traces": [TRACES["ExportTraceServiceResponse"], "rejectedSpans"],
  "/v1/metrics": [METRICS["ExportMetricsServiceResponse"], "rejectedDataPoints"],
};
const PLAIN = { longs: Number, bytes: Buffer, enums: Number, defaults: false };

interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: number;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
}

interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}

interface Resourceful {
  readonly resource: { readonly attributes: readonly KeyValue[] };
}

export interface ReceivedLog {
  readonly timeUnixNano: number;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AnyValue;
  readonly attributes: readonly KeyValue[];
  readonly traceId?: Buffer;
  readonly spanId?: Buffer;
  readonly flags?: number;
  readonly eventName?: string;
  readonly observedTimeUnixNano: number;
}

export interface ReceivedSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId?: Buffer;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: number;
  readonly endTimeUnixNano: number;
  readonly attributes?: readonly KeyValue[];
  readonly status?: { readonly code?: number };
}

export interface ReceivedPoint {
  readonly attributes?: readonly KeyValue[];
  readonly startTimeUnixNano: number;
  readonly timeUnixNano: number;
  readonly asDouble?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly bucketCounts?: readonly number[];
  readonly explicitBounds?: readonly number[];
}

interface Points {
  readonly dataPoints: readonly ReceivedPoint[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: Points;
  readonly sum?: Points;
  readonly histogram?: Points;
}

interface MetricsRequest {
  readonly resourceMetrics: readonly (Resourceful & {
    readonly scopeMetrics: readonly { readonly metrics: readonly ReceivedMetric[] }[];
  })[];
}

interface LogsRequest {
  readonly resourceLogs: readonly (Resourceful & {
    readonly scopeLogs: readonly { readonly logRecords: readonly ReceivedLog[] }[];
  })[];
}

interface TracesRequest {
  readonly resourceSpans: readonly (Resourceful & {
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  })[];
}

export class OtlpReceiver {
  readonly logs: ReceivedLog[] = [];
  readonly spans: ReceivedSpan[] = [];
  /** One list for each request. */
  readonly metrics: ReceivedMetric[][] = [];
  readonly resources: Record<string, unknown>[] = [];
  /** How many of the next request it says that it refused. */
  rejects = 0;

  readonly answer: Answer = (asked, response) => {
    const path = asked.url;
    const [message, name = ""] = ANSWERS[path] ?? [];
    if (asked.method !== "POST" || message === undefined) return void response.writeHead(404).end();
    if (asked.headers["content-type"] !== "application/x-protobuf") return void response.writeHead(415).end();
    if (path === "/v1/logs") this.#takeLogs(asked);
    else if (path === "/v1/traces") this.#takeSpans(asked);
    else this.#takeMetrics(asked);
    const { rejects } = this;
    this.rejects = 0;
    const said = rejects === 0 ? {} : { errorMessage: "secret words of the collector" };
    const partialSuccess = rejects === 0 ? {} : { partialSuccess: { [name]: rejects, ...said } };
    response.writeHead(200, { "content-type": "application/x-protobuf" });
    response.end(message.encode(partialSuccess).finish());
  };

  get ids(): string[] {
    return this.logs.map(({ attributes }) => plain(attributes)["log.record.uid"] as string);
  }

  #takeLogs(asked: Asked): void {
    const { resourceLogs } = read(LOGS["ExportLogsServiceRequest"], asked.body) as LogsRequest;
    for (const { resource, scopeLogs } of resourceLogs) {
      this.resources.push(plain(resource.attributes));
      for (const { logRecords } of scopeLogs) this.logs.push(...logRecords);
    }
  }

  #takeMetrics(asked: Asked): void {
    const { resourceMetrics } = read(METRICS["ExportMetricsServiceRequest"], asked.body) as MetricsRequest;
    for (const { resource, scopeMetrics } of resourceMetrics) {
      this.resources.push(plain(resource.attributes));
      this.metrics.push(scopeMetrics.flatMap(({ metrics }) => [...metrics]));
    }
  }

  #takeSpans(asked: Asked): void {
    const { resourceSpans } = read(TRACES["ExportTraceServiceRequest"], asked.body) as TracesRequest;
    for (const { resource, scopeSpans } of resourceSpans) {
      this.resources.push(plain(resource.attributes));
      for (const { spans } of scopeSpans) this.spans.push(...spans);
    }
  }
}

function read(message: Message | undefined, bytes: Buffer): unknown {
  return message?.toObject(message.decode(bytes), PLAIN);
}

/** Attributes as an object. */
export function plain(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: AnyValue | undefined): unknown {
  if (value?.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue);
  if (value?.kvlistValue !== undefined) return plain(value.kvlistValue.values ?? []);
  return value?.stringValue ?? value?.intValue ?? value?.doubleValue ?? value?.boolValue;
}
