// What the exchanges of one process come to: durations by route, decisions by reason, limits, violations, bytes.
import type { Exchange, OperationName } from "../../core/exchange.ts";
import type { Denial } from "../../core/outcome.ts";
import { type Count, CounterFamily } from "./counter.ts";
import type { Family } from "./family.ts";
import { type Histogram, HistogramFamily } from "./histogram.ts";

/** OpenTelemetry: a method that is not known is `_OTHER`, so that clients cannot make series. */
const METHODS: ReadonlySet<string> = new Set("GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT QUERY".split(" "));
const DURATION_LABELS = ["http_request_method", "http_route", "http_response_status_code", "url_scheme", "error_type"];
const OTHER_METHOD = "_OTHER";
const STATUSES = 600;

/** The series of one operation, so that an exchange finds its own by its status alone. */
interface Route {
  readonly method: string;
  readonly template: string;
  /** By status, https from 600 on. */
  readonly usual: (Histogram | undefined)[];
  readonly gate: Histogram;
  readonly upstream: Histogram;
}

export class ExchangeMetrics {
  readonly #durations = new HistogramFamily(
    "http_server_request_duration_seconds",
    "Duration of requests.",
    DURATION_LABELS,
  );
  readonly #gate = new HistogramFamily(
    "portcullis_gate_duration_seconds",
    "From arrival until a request went on or was refused.",
    ["http_route"],
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1],
  );
  readonly #upstream = new HistogramFamily(
    "portcullis_upstream_duration_seconds",
    "From asking the API until its answer began.",
    ["http_route"],
  );
  readonly #requestBytes = new CounterFamily("portcullis_request_body_bytes", "Bytes of requests' bodies.");
  readonly #answerBytes = new CounterFamily("portcullis_response_body_bytes", "Bytes of answers' bodies.");
  readonly #decisions = new CounterFamily(
    "portcullis_decisions",
    "Refusals, and what guards in monitor would have refused.",
    ["practice", "reason", "mode"],
  );
  readonly #limits = new CounterFamily("portcullis_rate_limit_checks", "Requests charged to a limit.", ["limit"]);
  readonly #violations = new CounterFamily(
    "portcullis_validation_violations",
    "Places in requests and answers that did not fit the document.",
    ["in", "mode"],
  );
  readonly #callers = new CounterFamily("portcullis_callers", "Requests by how their caller was proven.", [
    "scheme",
    "method",
  ]);
  readonly #faults = new CounterFamily("portcullis_guard_faults", "Guards that threw or were late.", ["guard"]);
  readonly #ended = new CounterFamily(
    "portcullis_requests_broken_off",
    "Requests that did not end with their answer.",
    ["ended"],
  );
  readonly #routes = new WeakMap<OperationName, Route>();
  readonly #unmatched = new Map<string, Route>();
  readonly #requestByteCount: Count = this.#requestBytes.of();
  readonly #answerByteCount: Count = this.#answerBytes.of();

  readonly families: readonly Family[] = [
    this.#durations,
    this.#gate,
    this.#upstream,
    this.#requestBytes,
    this.#answerBytes,
    this.#decisions,
    this.#limits,
    this.#violations,
    this.#callers,
    this.#faults,
    this.#ended,
  ].map(({ family }) => family);

  /** `endedMs` is the monotonic time of the end. */
  exchange(exchange: Exchange, endedMs: number): void {
    const { denial, trace, operation } = exchange;
    const route = operation === undefined ? this.#elsewhere(exchange.request.method) : this.#route(operation);
    const seconds = Math.max(0, endedMs - exchange.startedMonotonicMs) / 1_000;
    // Not by the flag that goes to the API: without a sampler it is set, and the trace is recorded nowhere.
    const recorded = exchange.timing === undefined ? undefined : trace?.traceId;
    this.#duration(route, exchange).observe(seconds, recorded, exchange.startedAtMs);
    const asked = exchange.upstreamStartedMs;
    if (!Number.isNaN(asked)) {
      route.gate.observe(Math.max(0, asked - exchange.startedMonotonicMs) / 1_000);
      const answered = exchange.upstreamAnsweredMs;
      if (!Number.isNaN(answered)) route.upstream.observe(Math.max(0, answered - asked) / 1_000);
    } else if (denial !== undefined) {
      route.gate.observe(seconds);
    }
    this.#requestByteCount.add(exchange.requestBytes);
    this.#answerByteCount.add(exchange.answerBytes);
    this.#callers.of(exchange.principal.scheme ?? "none", exchange.principal.method ?? "none").add();
    for (const limit of exchange.limits) this.#limits.of(limit.name).add();
    if (denial !== undefined) this.#decided(denial, "enforce");
    for (const note of exchange.notes) if (note.denial !== undefined) this.#decided(note.denial, "monitor");
    if (exchange.faultBy !== undefined) this.#faults.of(exchange.faultBy).add();
    if (exchange.ended !== "complete") this.#ended.of(exchange.ended).add();
  }

  #decided({ reason, violations }: Denial, mode: "enforce" | "monitor"): void {
    this.#decisions.of(reason.slice(0, reason.indexOf(".")), reason, mode).add();
    if (violations === undefined) return;
    for (const violation of violations) this.#violations.of(violation.in, mode).add();
  }

  #duration(route: Route, exchange: Exchange): Histogram {
    const { answerStatus: status, request } = exchange;
    if (status === 0 || status >= 500) return this.#failed(route, exchange);
    const at = request.secure ? status + STATUSES : status;
    const scheme = request.secure ? "https" : "http";
    return (route.usual[at] ??= this.#durations.of(route.method, route.template, String(status), scheme, ""));
  }

  /** OpenTelemetry: `error.type` where a request failed; the status is left out where none was sent. */
  #failed({ method, template }: Route, { answerStatus: status, denial, ended, request }: Exchange): Histogram {
    const error = denial?.reason ?? (status === 0 ? ended : String(status));
    const shown = status === 0 ? "" : String(status);
    return this.#durations.of(method, template, shown, request.secure ? "https" : "http", error);
  }

  #route(operation: OperationName): Route {
    let route = this.#routes.get(operation);
    if (route === undefined) this.#routes.set(operation, (route = this.#made(operation.method, operation.template)));
    return route;
  }

  #elsewhere(method: string): Route {
    const known = METHODS.has(method) ? method : OTHER_METHOD;
    let route = this.#unmatched.get(known);
    if (route === undefined) this.#unmatched.set(known, (route = this.#made(known, "")));
    return route;
  }

  #made(method: string, template: string): Route {
    return { method, template, usual: [], gate: this.#gate.of(template), upstream: this.#upstream.of(template) };
  }
}
