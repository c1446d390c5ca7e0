// What is measured: series by route and reason, bounded labels, the two text forms.
import { describe, expect, it } from "vitest";
import { deny } from "../../src/core/outcome.ts";
import { GuardTiming } from "../../src/core/timing.ts";
import { createRecorder, Metrics } from "../../src/monitoring/index.ts";
import { SERIES_MAX, Series } from "../../src/monitoring/metrics/family.ts";
import { answeredExchange, clock, exchangeOf, fullExchange, MemorySink } from "./exchanges.ts";

function measured(): { metrics: Metrics; recorder: ReturnType<typeof createRecorder> } {
  const metrics = new Metrics();
  return { metrics, recorder: createRecorder({ sinks: [new MemorySink()], clock, metrics }) };
}

const shown = (metrics: Metrics, accept?: string) => metrics.show(accept).text.split("\n");
const value = (metrics: Metrics, series: string) =>
  Number(
    shown(metrics)
      .find((line) => line.startsWith(`${series} `))
      ?.split(" ")
      .at(-1),
  );

describe("exchanges", () => {
  it("are counted by route, method, status and scheme, with their duration in OpenTelemetry's buckets", () => {
    const { metrics, recorder } = measured();
    const exchange = answeredExchange();
    exchange.endedMs = exchange.startedMonotonicMs + 30;
    recorder.exchange(exchange);
    recorder.exchange(answeredExchange());
    const labels =
      'http_request_method="GET",http_route="/orders/{id}",http_response_status_code="200",url_scheme="https",error_type=""';
    expect(value(metrics, `http_server_request_duration_seconds_count{${labels}}`)).toBe(2);
    expect(value(metrics, `http_server_request_duration_seconds_bucket{${labels},le="0.005"}`)).toBe(1);
    expect(value(metrics, `http_server_request_duration_seconds_bucket{${labels},le="0.05"}`)).toBe(2);
    expect(value(metrics, `http_server_request_duration_seconds_sum{${labels}}`)).toBeCloseTo(0.033);
    expect(value(metrics, "portcullis_response_body_bytes_total")).toBe(1024);
  });

  it("that are refused are counted by practice and reason, apart from what monitor would have refused", () => {
    const { metrics, recorder } = measured();
    recorder.exchange(fullExchange());
    const of = (practice: string, reason: string, mode: string) =>
      value(metrics, `portcullis_decisions_total{practice="${practice}",reason="${reason}",mode="${mode}"}`);
    expect(of("authorization", "authorization.scope-insufficient", "enforce")).toBe(1);
    expect(of("validation", "validation.request-invalid", "monitor")).toBe(1);
    expect(value(metrics, 'portcullis_validation_violations_total{in="query",mode="monitor"}')).toBe(1);
    expect(value(metrics, 'portcullis_rate_limit_checks_total{limit="burst"}')).toBe(1);
    expect(value(metrics, 'portcullis_callers_total{scheme="oauth",method="bearer"}')).toBe(1);
    expect(value(metrics, 'portcullis_guard_faults_total{guard="rate-limiting.subject"}')).toBe(1);
    expect(value(metrics, 'portcullis_upstream_duration_seconds_count{http_route="/orders/{id}"}')).toBe(1);
  });

  it("with an answer of 500 or none say why", () => {
    const { metrics, recorder } = measured();
    const failed = answeredExchange();
    failed.answerStatus = 502;
    failed.denial = deny("transport.upstream-refused");
    recorder.exchange(failed);
    const left = answeredExchange();
    left.answerStatus = 0;
    left.ended = "client-left";
    recorder.exchange(left);
    const text = shown(metrics).join("\n");
    expect(text).toContain(
      'http_response_status_code="502",url_scheme="https",error_type="transport.upstream-refused"',
    );
    expect(text).toContain('http_response_status_code="",url_scheme="https",error_type="client-left"');
    expect(value(metrics, 'portcullis_requests_broken_off_total{ended="client-left"}')).toBe(1);
  });

  it("never give a label a value that a client chose: path, method, user, address, agent", () => {
    const { metrics, recorder } = measured();
    for (let i = 0; i < 500; i += 1) {
      const exchange = exchangeOf({ method: `M${i}`, path: `/secret-${i}`, clientAddress: `10.0.0.${i % 250}` }, [
        "User-Agent",
        `agent-${i}`,
      ]);
      exchange.answerStatus = 404;
      recorder.exchange(exchange);
    }
    const text = shown(metrics).join("\n");
    expect(text).not.toMatch(/secret-|M1|10\.0\.0|agent-/u);
    expect(text).toContain('http_request_method="_OTHER",http_route=""');
    expect(shown(metrics).filter((line) => line.includes("http_server_request_duration_seconds_count"))).toHaveLength(
      1,
    );
  });
});

describe("series", () => {
  it("beyond the bound are counted together", () => {
    const series = new Series(1, () => ({ count: 0 }), 3);
    for (let i = 0; i < 10; i += 1) series.of(`v${i}`).count += 1;
    expect([...series.entries()].map(({ labels, of }) => [labels[0], of.count])).toEqual([
      ["v0", 1],
      ["v1", 1],
      ["v2", 1],
      ["_overflow", 7],
    ]);
    expect(SERIES_MAX).toBeGreaterThan(1_223 * 5);
  });
});

describe("the text", () => {
  it("is OpenMetrics with exemplars where the reader names it, else Prometheus' own without", () => {
    const { metrics, recorder } = measured();
    const exchange = fullExchange();
    exchange.timing = new GuardTiming(clock);
    recorder.exchange(exchange);
    const plain = metrics.show("text/plain");
    expect(plain.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(plain.text).not.toContain("trace_id");
    expect(plain.text).toContain("# TYPE portcullis_decisions_total counter");
    const open = metrics.show("application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    expect(open.contentType).toContain("application/openmetrics-text; version=1.0.0");
    expect(open.text).toContain("# TYPE portcullis_decisions counter");
    expect(open.text).toMatch(/le="0.005"\} 1 # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736"\} 0.003 \d+\.\d{3}\n/u);
    expect(open.text.endsWith("# EOF\n")).toBe(true);
  });

  it("has no exemplar of a trace that is not recorded, whatever its flag tells the API", () => {
    const { metrics, recorder } = measured();
    const exchange = fullExchange();
    expect(exchange.trace?.flags).toBe("01");
    recorder.exchange(exchange);
    expect(metrics.show("application/openmetrics-text").text).not.toContain("trace_id");
  });

  it("escapes what would end a label", () => {
    const metrics = new Metrics();
    const labels = ['a"b\\c\nd'];
    metrics.add({ kind: "gauge", name: "x", help: "h", labelNames: ["l"], samples: () => [{ labels, value: 1 }] });
    expect(shown(metrics)).toContain('x{l="a\\"b\\\\c\\nd"} 1');
  });
});

describe("events of the product", () => {
  it("are counted by code and level", () => {
    const { metrics, recorder } = measured();
    recorder.system({ action: "configuration.reloaded", level: "info", message: "x" });
    expect(value(metrics, 'portcullis_system_events_total{code="configuration.reloaded",level="info"}')).toBe(1);
  });
});
