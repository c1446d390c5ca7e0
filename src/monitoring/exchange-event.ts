// One exchange as one line of JSON, written by hand: it runs for every request. Only the fields named here are ever read.
import type { Exchange, LimitState } from "../core/exchange.ts";
import type { TraceContext } from "../core/exchange.ts";
import { ECS_VERSION } from "./audit-event.ts";
import type { Classification } from "./classification.ts";
import { denialJson, grantsJson, notesJson } from "./denial-fields.ts";
import { quoted } from "./escaping.ts";
import { faultJson } from "./fault-fields.ts";
import type { IdentityFields } from "./identity-fields.ts";
import { masked } from "./masking.ts";
import { type OperationFields, quotedPath } from "./operation-fields.ts";
import { Timestamps } from "./timestamp.ts";

const USER_AGENT_CHARACTERS_MAX = 256;
const METHOD_CHARACTERS_MAX = 32;
const ADDRESS = /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/;

/** What belongs to the recording rather than to the exchange. */
export interface Recording {
  readonly id: string;
  readonly sequence: number;
  readonly createdAtMs: number;
  /** Monotonic time of the end. */
  readonly endedMs: number;
  /** As it may be shown. */
  readonly path: string;
}

export class ExchangeEvents {
  readonly #identities: IdentityFields;
  readonly #operations: OperationFields;
  readonly #service: string;
  readonly #started = new Timestamps();
  readonly #created = new Timestamps();
  #policyVersion = "";
  #policyJson = "";

  constructor(identities: IdentityFields, operations: OperationFields, service: string | undefined) {
    this.#identities = identities;
    this.#operations = operations;
    this.#service = service === undefined ? "" : `"service":{"name":${quoted(service, 256)}},`;
  }

  json(exchange: Exchange, found: Classification, recording: Recording): string {
    const { request, denial } = exchange;
    const identity = this.#identities.of(exchange.principal);
    const path = quotedPath(recording.path);
    const method = quoted(request.method, METHOD_CHARACTERS_MAX);
    const status = exchange.answerStatus;
    const level = exchange.faultBy === undefined ? found.level : "error";
    const agent = request.fields.get("user-agent");
    return (
      `{"@timestamp":"${this.#started.text(exchange.startedAtMs)}","log":{"level":"${level}"},` +
      // Both are quoted strings: their inner parts are joined.
      `"message":"${method.slice(1, -1)} ${path.slice(1, -1)} ${status}${denial === undefined ? "" : ` ${denial.reason}`}",` +
      `"ecs":{"version":"${ECS_VERSION}"},${this.#service}"event":{${found.json},` +
      `"module":"portcullis","dataset":"portcullis.audit","id":"${recording.id}","sequence":${recording.sequence},` +
      `"created":"${this.#created.text(recording.createdAtMs)}",` +
      `"duration":${nanoseconds(recording.endedMs - exchange.startedMonotonicMs)}` +
      (denial === undefined ? "" : `,"reason":"${denial.reason}"`) +
      `},"http":{"version":"${version(request.protocol)}","request":{"id":${quoted(exchange.id, 128)},"method":${method},` +
      `"body":{"bytes":${count(exchange.requestBytes)}}}` +
      (status === 0
        ? ""
        : `,"response":{"status_code":${count(status)},"body":{"bytes":${count(exchange.answerBytes)}}}`) +
      `},"url":{"path":${path},"scheme":"${request.secure ? "https" : "http"}"},` +
      `"client":{${address(request.clientAddress)}},"source":{${address(request.peerAddress)}},` +
      tlsJson(exchange.tlsVersion, exchange.tlsCipher) +
      traceJson(exchange.trace) +
      identity.user +
      (agent === undefined ? "" : `"user_agent":{"original":${quoted(masked(agent), USER_AGENT_CHARACTERS_MAX)}},`) +
      (exchange.faultBy === undefined ? "" : faultJson(exchange.fault, exchange.faultBy)) +
      (exchange.deniedBy === undefined ? "" : `"rule":{"name":${quoted(exchange.deniedBy, 128)}},`) +
      `"portcullis":{${this.#policy(exchange.policyVersion)}${this.#operations.json(exchange.operation)}` +
      identity.authentication +
      parentJson(exchange.trace) +
      (denial === undefined ? "" : denialJson(denial)) +
      grantsJson(exchange) +
      (exchange.notes.length === 0 ? "" : notesJson(exchange.notes)) +
      (exchange.limits.length === 0 ? "" : limitsJson(exchange.limits)) +
      durationsJson(exchange) +
      `"client_address_from":"${from(request.clientAddressFrom)}","ended":"${exchange.ended}"}}`
    );
  }

  #policy(policyVersion: string): string {
    if (policyVersion !== this.#policyVersion) {
      this.#policyVersion = policyVersion;
      this.#policyJson = `"policy":{"version":${quoted(policyVersion, 128)}},`;
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

function version(protocol: string): string {
  return protocol === "HTTP/1.1" ? "1.1" : protocol === "HTTP/2.0" ? "2" : "1.0";
}

function from(where: string): string {
  return where === "forwarded" || where === "x-forwarded-for" ? where : "peer";
}

/** `ip` has a type of its own in indexes: an event with anything else in it would be refused whole. */
function address(text: string): string {
  if (ADDRESS.test(text)) return `"ip":"${text}"`;
  return `"address":${quoted(text, 64)}`;
}

function tlsJson(tls: string | undefined, cipher: string | undefined): string {
  if (tls === undefined) return "";
  const suite = cipher === undefined ? "" : `,"cipher":${quoted(cipher, 64)}`;
  const number = tls.startsWith("TLSv") ? tls.slice(4) : tls;
  return `"tls":{"version":${quoted(number, 16)},"version_protocol":"tls"${suite}},`;
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
      `${json === "" ? "" : ","}{"name":${quoted(limit.name, 128)},"limit":${count(limit.limit)},` +
      `"remaining":${count(limit.remaining)},"window_seconds":${count(limit.windowSeconds)},"reset_seconds":${count(limit.resetSeconds)}}`;
  }
  return `"limits":[${json}],`;
}

function durationsJson(exchange: Exchange): string {
  const asked = exchange.upstreamStartedMs;
  if (Number.isNaN(asked)) return "";
  const gate = `"gate":{"duration":${nanoseconds(asked - exchange.startedMonotonicMs)}},`;
  const answered = exchange.upstreamAnsweredMs;
  return Number.isNaN(answered) ? gate : `${gate}"upstream":{"duration":${nanoseconds(answered - asked)}},`;
}
