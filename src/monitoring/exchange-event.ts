// One exchange as one line of JSON, written by hand: it runs for every request. Only the fields named here are ever read.
import type { Exchange, TraceContext } from "../core/exchange.ts";
import { ECS_VERSION } from "./audit-event.ts";
import { CallerFields, claimedClientJson } from "./caller-fields.ts";
import type { Classification, Level } from "./classification.ts";
import { denialJson, grantsJson, notesJson } from "./denial-fields.ts";
import { quoted } from "./escaping.ts";
import { faultJson } from "./fault-fields.ts";
import { guardTimesJson } from "./guard-times.ts";
import type { IdentityFields } from "./identity-fields.ts";
import { LimitFields } from "./limit-fields.ts";
import { LineBytes } from "./line-bytes.ts";
import { type OperationFields, PATH_CHARACTERS_MAX } from "./operation-fields.ts";
import { Timestamps } from "./timestamp.ts";

const METHOD_CHARACTERS_MAX = 32;

/** What stands between the values, as bytes. */
const BEGIN = Buffer.from('{"@timestamp":"');
const SEQUENCE = Buffer.from('","sequence":');
const CREATED = Buffer.from(',"created":"');
const DURATION = Buffer.from('","duration":');
const MESSAGE = Buffer.from('},"message":"');
const OLDEST_VERSION = Buffer.from('","http":{"version":"1.0","request":{"id":');
const VERSIONS = new Map([
  ["HTTP/1.1", Buffer.from('","http":{"version":"1.1","request":{"id":')],
  ["HTTP/2.0", Buffer.from('","http":{"version":"2","request":{"id":')],
]);
const METHOD = Buffer.from(',"method":"');
const REQUEST_BODY = Buffer.from('","body":{"bytes":');
const SPACE = Buffer.from(" ");
const BODY = Buffer.from(',"body":{"bytes":');
const STATUS = Buffer.from('}},"response":{"status_code":');
const BODIES_END = Buffer.from('}}},"url":{"path":');
const HTTP = Buffer.from(',"scheme":"http"},');
const HTTPS = Buffer.from(',"scheme":"https"},');
const TRACE = Buffer.from('"trace":{"id":');
const SPAN = Buffer.from('},"span":{"id":');
const MEMBER_END = Buffer.from("},");
const GATE = Buffer.from('"gate":{"duration":');
const UPSTREAM = Buffer.from('"upstream":{"duration":');
const USUAL_END = Buffer.from('"client_address_from":"peer","ended":"complete"}}');
const NOTHING = Buffer.alloc(0);

/** What belongs to the recording rather than to the exchange. */
export interface Recording {
  /** A ULID. */
  readonly id: Uint8Array;
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
  readonly #heads = new Map<Classification, Map<Level, Buffer>>();
  readonly #line = new LineBytes();
  readonly #limits = new LimitFields();
  readonly #started = new Timestamps();
  readonly #created = new Timestamps();
  #policyVersion = "";
  #policyJson = NOTHING;

  constructor(identities: IdentityFields, operations: OperationFields) {
    this.#callers = new CallerFields(identities);
    this.#operations = operations;
  }

  /** `service.name` of the events from now on. */
  serve(service: string): void {
    this.#service = `"service":{"name":${quoted(service, 256)}},`;
    this.#heads.clear();
  }

  /** The line of an exchange, without a line break. Good until the next one is made. */
  line(exchange: Exchange, found: Classification, recording: Recording): LineBytes {
    const line = this.#line;
    const { request, denial, trace } = exchange;
    line.clear();
    line.piece(BEGIN);
    this.#started.write(exchange.startedAtMs, line);
    line.piece(this.#head(found, recording.level));
    line.piece(recording.id);
    line.piece(SEQUENCE);
    line.integer(recording.sequence);
    line.piece(CREATED);
    this.#created.write(recording.createdAtMs, line);
    line.piece(DURATION);
    line.integer(nanoseconds(recording.endedMs - exchange.startedMonotonicMs));
    this.#writeHttp(exchange, found, recording.path, line);
    if (trace !== undefined) writeTrace(trace, line);
    if (exchange.faultBy !== undefined) line.text(faultJson(exchange.fault, exchange.faultBy));
    if (exchange.deniedBy !== undefined) line.text(`"rule":{"name":${quoted(exchange.deniedBy, 128)}},`);
    line.piece(this.#callers.json(exchange));
    if (exchange.refusedBehind !== undefined) line.text(claimedClientJson(exchange));
    line.piece(this.#policy(exchange.policyVersion));
    if (exchange.operation !== undefined) line.piece(this.#operations.json(exchange.operation));
    if (trace?.parentId !== undefined) line.text(`"parent_span_id":${quoted(trace.parentId, 16)},`);
    if (denial !== undefined) line.text(denialJson(denial));
    if (denial !== undefined || exchange.notes.length > 0) line.text(grantsJson(exchange));
    if (exchange.notes.length > 0) line.text(notesJson(exchange.notes));
    if (exchange.timing !== undefined) line.text(guardTimesJson(exchange.timing, exchange.startedMonotonicMs));
    if (exchange.limits.length > 0) this.#limits.write(exchange.limits, line);
    writeDurations(exchange, line);
    if (request.clientAddressFrom === "peer" && exchange.ended === "complete") line.piece(USUAL_END);
    else line.text(endJson(exchange));
    return line;
  }

  /** `message`, `http` and `url`. */
  #writeHttp(exchange: Exchange, { reason }: Classification, shownPath: string, line: LineBytes): void {
    const { request } = exchange;
    const status = exchange.answerStatus > 0 ? exchange.answerStatus : 0;
    const method = METHODS.get(request.method);
    line.piece(MESSAGE);
    if (method === undefined) line.quotedInside(request.method, METHOD_CHARACTERS_MAX);
    else line.piece(method);
    line.piece(SPACE);
    line.quotedInside(shownPath, PATH_CHARACTERS_MAX);
    line.piece(SPACE);
    line.integer(status);
    if (reason !== undefined) line.text(` ${reason}`);
    line.piece(VERSIONS.get(request.protocol) ?? OLDEST_VERSION);
    line.quoted(exchange.id, 128);
    line.piece(METHOD);
    if (method === undefined) line.quotedInside(request.method, METHOD_CHARACTERS_MAX);
    else line.piece(method);
    line.piece(REQUEST_BODY);
    line.integer(exchange.requestBytes);
    if (status !== 0) {
      line.piece(STATUS);
      line.integer(status);
      line.piece(BODY);
      line.integer(exchange.answerBytes);
    }
    line.piece(BODIES_END);
    line.quoted(shownPath, PATH_CHARACTERS_MAX);
    line.piece(request.secure ? HTTPS : HTTP);
  }

  /** From the end of `@timestamp` to the begin of `event.id`. */
  #head(found: Classification, level: Level): Buffer {
    let byLevel = this.#heads.get(found);
    if (byLevel === undefined) this.#heads.set(found, (byLevel = new Map()));
    let head = byLevel.get(level);
    if (head === undefined) {
      head = Buffer.from(
        `","log":{"level":"${level}"},"ecs":{"version":"${ECS_VERSION}"},${this.#service}"event":{${found.json},` +
          `"module":"portcullis","dataset":"portcullis.audit","id":"`,
      );
      byLevel.set(level, head);
    }
    return head;
  }

  #policy(policyVersion: string): Buffer {
    if (policyVersion !== this.#policyVersion) {
      this.#policyVersion = policyVersion;
      this.#policyJson = Buffer.from(`"policy":{"version":${quoted(policyVersion, 128)}},`);
    }
    return this.#policyJson;
  }
}

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}

const METHODS = new Map(
  ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map((method) => [method, Buffer.from(method)]),
);

function writeTrace(trace: TraceContext, line: LineBytes): void {
  line.piece(TRACE);
  line.quoted(trace.traceId, 32);
  line.piece(SPAN);
  line.quoted(trace.spanId, 16);
  line.piece(MEMBER_END);
}

function writeDurations(exchange: Exchange, line: LineBytes): void {
  const asked = exchange.upstreamStartedMs;
  if (Number.isNaN(asked)) return;
  line.piece(GATE);
  line.integer(nanoseconds(asked - exchange.startedMonotonicMs));
  line.piece(MEMBER_END);
  const answered = exchange.upstreamAnsweredMs;
  if (Number.isNaN(answered)) return;
  line.piece(UPSTREAM);
  line.integer(nanoseconds(answered - asked));
  line.piece(MEMBER_END);
}

function endJson(exchange: Exchange): string {
  return `"client_address_from":${quoted(exchange.request.clientAddressFrom, 32)},"ended":${quoted(exchange.ended, 32)}}}`;
}
