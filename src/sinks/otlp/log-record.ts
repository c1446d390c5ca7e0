// One event as a log record of OpenTelemetry: its sentence as the body, its fields as attributes, tied to its trace.
import type { SpooledRecord } from "../../monitoring/index.ts";
import { attributesOf, type LooseEvent, textAt } from "./event-attributes.ts";
import { type LogRecord, type Resource, SCOPE, timeOf } from "./wire.ts";

/** INFO, WARN and ERROR of the data model's ranges. */
const SEVERITIES: Readonly<Record<string, number>> = { info: 9, warn: 13, error: 17 };
const HEX = /^[0-9a-f]+$/;

export function logRecordOf(record: SpooledRecord, event: LooseEvent, resource: Resource): LogRecord {
  const level = textAt(event, "log", "level") ?? "info";
  const context = contextOf(event);
  const eventName = textAt(event, "event", "action");
  const observedMs = Date.parse(textAt(event, "event", "created") ?? "");
  return {
    hrTime: timeOf(record.timeMs),
    hrTimeObserved: timeOf(Number.isNaN(observedMs) ? record.timeMs : observedMs),
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the API's package would be loaded for its numbers alone.
    severityNumber: SEVERITIES[level] ?? 0,
    severityText: level.toUpperCase(),
    body: textAt(event, "message") ?? "",
    ...(eventName !== undefined && { eventName }),
    ...(context !== undefined && { spanContext: context }),
    resource,
    instrumentationScope: SCOPE,
    // An identifier of the record, the same where it comes twice.
    attributes: { ...attributesOf(event), "log.record.uid": record.id },
    droppedAttributesCount: 0,
  };
}

/** Undefined where the event belongs to no trace. `sampled` where spans go with it. */
export function contextOf(event: LooseEvent): NonNullable<LogRecord["spanContext"]> | undefined {
  const traceId = textAt(event, "trace", "id");
  const spanId = textAt(event, "span", "id");
  if (traceId?.length !== 32 || spanId?.length !== 16 || !HEX.test(traceId) || !HEX.test(spanId)) return undefined;
  const { portcullis } = event;
  const sampled = typeof portcullis === "object" && portcullis !== null && "guards" in portcullis;
  return { traceId, spanId, traceFlags: sampled ? 1 : 0 };
}
