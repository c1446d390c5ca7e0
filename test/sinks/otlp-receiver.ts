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
      };
    };
  };
}

const load = createRequire(import.meta.url);
/** Generated from the official definitions; the writer under test is another, written by hand. */
const { collector } = (load("otlp-definitions/build/src/generated/root") as Definitions).opentelemetry.proto;
const LOGS = collector.logs.v1;
const TRACES = collector.trace.v1;
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
  readonly resources: Record<string, unknown>[] = [];
  /** How many of the next request it says that it refused. */
  rejects = 0;

  readonly answer: Answer = (asked, response) => {
    const path = asked.url;
    if (asked.method !== "POST" || (path !== "/v1/logs" && path !== "/v1/traces")) {
      return void response.writeHead(404).end();
    }
    if (asked.headers["content-type"] !== "application/x-protobuf") return void response.writeHead(415).end();
    if (path === "/v1/logs") this.#takeLogs(asked);
    else this.#takeSpans(asked);
    const { rejects } = this;
    this.rejects = 0;
    const said = rejects === 0 ? {} : { errorMessage: "secret words of the collector" };
    const name = path === "/v1/logs" ? "rejectedLogRecords" : "rejectedSpans";
    const partialSuccess = rejects === 0 ? {} : { partialSuccess: { [name]: rejects, ...said } };
    const message = path === "/v1/logs" ? LOGS["ExportLogsServiceResponse"] : TRACES["ExportTraceServiceResponse"];
    response.writeHead(200, { "content-type": "application/x-protobuf" });
    response.end(message?.encode(partialSuccess).finish());
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
