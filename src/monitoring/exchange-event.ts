// One exchange as one line of JSON, written by hand: it runs for every request. Only the fields named here are ever read.
import type { Exchange, LimitState, TraceContext } from "../core/exchange.ts";
import { ECS_VERSION } from "./audit-event.ts";
import { CallerFields, inOnePiece } from "./caller-fields.ts";
import type { Classification, Level } from "./classification.ts";
import { denialJson, grantsJson, notesJson } from "./denial-fields.ts";
import { quoted } from "./escaping.ts";
import { faultJson } from "./fault-fields.ts";
import type { IdentityFields } from "./identity-fields.ts";
import { type OperationFields, quotedPath } from "./operation-fields.ts";
import { Timestamps } from "./timestamp.ts";

const METHOD_CHARACTERS_MAX = 32;

/** What belongs to the recording rather than to the exchange. */
export interface Recording {
  readonly level: Level;
  readonly sequence: number;
  readonly createdAtMs: number;
  /** Monotonic time of the end. */
  readonly endedMs: number;
  /** As it may be shown. */
  readonly path: string;
}

/** Makes lines. Parts that repeat are kept in one piece each: fewer pieces are what makes a line cheap. */
export class ExchangeEvents {
  readonly #callers: CallerFields;
  readonly #operations: OperationFields;
  #service = "";
  readonly #idPrefix: string;
  readonly #heads = new Map<Classification, Map<Level, string>>();
  readonly #started = new Timestamps();
  readonly #created = new Timestamps();
  #policyVersion = "";
  #policyJson = "";

  constructor(identities: IdentityFields, operations: OperationFields, idPrefix: string) {
    this.#callers = new CallerFields(identities);
    this.#operations = operations;
    this.#idPrefix = idPrefix;
  }

  /** `service.name` of the events from now on. */
  serve(service: string): void {
    this.#service = `"service":{"name":${quoted(service, 256)}},`;
    this.#heads.clear();
  }

  json(exchange: Exchange, found: Classification, recording: Recording): string {
    const { request, denial } = exchange;
    const path = quotedPath(recording.path);
    const method = methodOf(request.method);
    const status = count(exchange.answerStatus);
    const { sequence } = recording;
    return (
      `{"@timestamp":"${this.#started.text(exchange.startedAtMs)}` +
      `${this.#head(found, recording.level)}${sequence.toString(36)}","sequence":${sequence},` +
      `"created":"${this.#created.text(recording.createdAtMs)}` +
      `","duration":${nanoseconds(recording.endedMs - exchange.startedMonotonicMs)}` +
      // Both are quoted strings: what is between their quotes is joined.
      `},"message":"${method.slice(1, -1)} ${path.slice(1, -1)} ${status}${denial === undefined ? "" : ` ${denial.reason}`}"` +
      `${versionJson(request.protocol)}${quoted(exchange.id, 128)},"method":${method},"body":{"bytes":${count(exchange.requestBytes)}}}` +
      (status === 0 ? "" : `,"response":{"status_code":${status},"body":{"bytes":${count(exchange.answerBytes)}}}`) +
      `},"url":{"path":${path}${request.secure ? ',"scheme":"https"},' : ',"scheme":"http"},'}` +
      traceJson(exchange.trace) +
      (exchange.faultBy === undefined ? "" : faultJson(exchange.fault, exchange.faultBy)) +
      (exchange.deniedBy === undefined ? "" : `"rule":{"name":${quoted(exchange.deniedBy, 128)}},`) +
      this.#callers.json(exchange) +
      this.#policy(exchange.policyVersion) +
      this.#operations.json(exchange.operation) +
      parentJson(exchange.trace) +
      (denial === undefined ? "" : denialJson(denial)) +
      grantsJson(exchange) +
      (exchange.notes.length === 0 ? "" : notesJson(exchange.notes)) +
      (exchange.limits.length === 0 ? "" : limitsJson(exchange.limits)) +
      durationsJson(exchange) +
      endJson(exchange)
    );
  }

  /** From the end of `@timestamp` to the begin of `event.id`. */
  #head(found: Classification, level: Level): string {
    let byLevel = this.#heads.get(found);
    if (byLevel === undefined) this.#heads.set(found, (byLevel = new Map()));
    let head = byLevel.get(level);
    if (head === undefined) {
      head = inOnePiece(
        `","log":{"level":"${level}"},"ecs":{"version":"${ECS_VERSION}"},${this.#service}"event":{${found.json},` +
          `"module":"portcullis","dataset":"portcullis.audit","id":"${this.#idPrefix}`,
      );
      byLevel.set(level, head);
    }
    return head;
  }

  #policy(policyVersion: string): string {
    if (policyVersion !== this.#policyVersion) {
      this.#policyVersion = policyVersion;
      this.#policyJson = inOnePiece(`"policy":{"version":${quoted(policyVersion, 128)}},`);
    }
    return this.#policyJson;
  }
}

/** Finite, whole and not negative, whatever came: `NaN` would break the line. */
function count(value: number): number {
  return value >= 0 && value < Number.MAX_SAFE_INTEGER ? Math.trunc(value) : 0;
}

function nanoseconds(milliseconds: number): number {
  return count(Math.round(milliseconds * 1e6));
}

const METHODS = new Map(
  ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map((method) => [method, `"${method}"`]),
);

function methodOf(method: string): string {
  return METHODS.get(method) ?? quoted(method, METHOD_CHARACTERS_MAX);
}

function versionJson(protocol: string): string {
  if (protocol === "HTTP/1.1") return ',"http":{"version":"1.1","request":{"id":';
  return protocol === "HTTP/2.0"
    ? ',"http":{"version":"2","request":{"id":'
    : ',"http":{"version":"1.0","request":{"id":';
}

function traceJson(trace: TraceContext | undefined): string {
  if (trace === undefined) return "";
  return `"trace":{"id":${quoted(trace.traceId, 32)}},"span":{"id":${quoted(trace.spanId, 16)}},`;
}

function parentJson(trace: TraceContext | undefined): string {
  return trace?.parentId === undefined ? "" : `"parent_span_id":${quoted(trace.parentId, 16)},`;
}

function limitsJson(limits: readonly LimitState[]): string {
  let json = "";
  for (const limit of limits) {
    json +=
      `${json === "" ? '"limits":[' : ","}{"name":${quoted(limit.name, 128)},"limit":${count(limit.limit)},"remaining":${count(limit.remaining)},` +
      `"window_seconds":${count(limit.windowSeconds)},"reset_seconds":${count(limit.resetSeconds)}}`;
  }
  return `${json}],`;
}

function durationsJson(exchange: Exchange): string {
  const asked = exchange.upstreamStartedMs;
  if (Number.isNaN(asked)) return "";
  const gate = `"gate":{"duration":${nanoseconds(asked - exchange.startedMonotonicMs)}},`;
  const answered = exchange.upstreamAnsweredMs;
  return Number.isNaN(answered) ? gate : `${gate}"upstream":{"duration":${nanoseconds(answered - asked)}},`;
}

function endJson(exchange: Exchange): string {
  const from = exchange.request.clientAddressFrom;
  if (from === "peer" && exchange.ended === "complete") return '"client_address_from":"peer","ended":"complete"}}';
  return `"client_address_from":${quoted(from, 32)},"ended":${quoted(exchange.ended, 32)}}}`;
}
