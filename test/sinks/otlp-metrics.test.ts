// Metrics by OTLP, read by OpenTelemetry's own protobuf definitions: the same numbers as `/metrics`, and what becomes of a collector that takes none.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { SystemEvent } from "../../src/core/record.ts";
import { type Destination, type Measured, Metrics } from "../../src/monitoring/index.ts";
import { CounterFamily } from "../../src/monitoring/metrics/counter.ts";
import { otlpDestination, type OtlpOptions } from "../../src/sinks/otlp/otlp-destination.ts";
import { startProcess } from "../cli/process.ts";
import { run } from "../cli/running.ts";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { answeredExchange } from "../monitoring/exchanges.ts";
import { stopwatch } from "../servers/stopwatch.ts";
import { type Answer, HttpServer } from "./http-server.ts";
import { OtlpReceiver, plain, type ReceivedMetric, type ReceivedPoint } from "./otlp-receiver.ts";

const soon = { timeout: 30_000, interval: 20 };
const CUMULATIVE = 2;

/** As OpenTelemetry's rules for Prometheus turn them back: lines of its text, without comments and in order. */
function asPrometheus(metrics: readonly ReceivedMetric[]): string[] {
  const units: Readonly<Record<string, string>> = { s: "_seconds", By: "_bytes", "": "" };
  const lines: string[] = [];
  for (const { name, unit = "", gauge, sum, histogram } of metrics) {
    const shown = name.replaceAll(".", "_") + (units[unit] ?? "_unknown");
    const line = (suffix: string, { attributes = [] }: ReceivedPoint, value: number, le?: string) => {
      const labels = Object.entries(plain(attributes)).map(
        ([key, text]) => `${key.replaceAll(".", "_")}="${String(text)}"`,
      );
      if (le !== undefined) labels.push(`le="${le}"`);
      lines.push(`${shown}${suffix}{${labels.join(",")}} ${value}`);
    };
    for (const point of gauge?.dataPoints ?? []) line("", point, point.asDouble ?? 0);
    for (const point of sum?.dataPoints ?? []) line("_total", point, point.asDouble ?? 0);
    for (const point of histogram?.dataPoints ?? []) {
      let cumulated = 0;
      for (const [i, count] of (point.bucketCounts ?? []).entries()) {
        cumulated += count;
        line("_bucket", point, cumulated, String(point.explicitBounds?.[i] ?? "+Inf"));
      }
      line("_sum", point, point.sum ?? 0);
      line("_count", point, point.count ?? 0);
    }
  }
  return lines.toSorted((a, b) => a.localeCompare(b));
}

/** Of `/metrics`, in the same form: a label without a value is none. */
function shownLines(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", labels = "", value = ""] = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const kept = [...labels.matchAll(/([a-z_]+)="([^"]*)"/g)].filter(([, , set]) => set !== "");
      return `${name}{${kept.map(([pair]) => pair).join(",")}} ${Number(value)}`;
    })
    .toSorted((a, b) => a.localeCompare(b));
}

/** What differs from one look to the next. */
const MOVING = /^(?:process_(?:cpu|resident)|v8js_|nodejs_)/;
const settled = (lines: readonly string[]) => lines.filter((line) => !MOVING.test(line));

describe("metrics by OTLP", () => {
  let receiver: OtlpReceiver;
  let server: HttpServer;
  let metrics: Metrics;
  let said: SystemEvent[];
  const open: Destination[] = [];

  beforeEach(async () => {
    receiver = new OtlpReceiver();
    server = await new HttpServer(receiver.answer).start();
    metrics = new Metrics();
    said = [];
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    metrics.close();
    await server.stop();
  });

  function measured(options: Partial<OtlpOptions> = {}, families = metrics.families): Destination {
    const bounds = { recordsMax: 500, bytesMax: 1_048_576, timeoutMs: 20_000, gzip: true, dangerouslyAllowHttp: false };
    const what = { signals: ["metrics"] as const, metricsEveryMs: 25, resource: { "host.name": "gate-1" } };
    const all = { url: server.url, fields: { authorization: "Bearer secret-field" }, ...bounds, ...what, ...options };
    const made = otlpDestination(all, { name: "otlp", level: "info", clock: systemClock });
    const source: Measured = { families, service: () => "Orders" };
    made.connect?.((event) => said.push(event), source);
    open.push(made);
    return made;
  }

  it("are the numbers of /metrics, under names that lead back to theirs", async () => {
    for (let i = 0; i < 5; i += 1) metrics.exchange(answeredExchange(), systemClock.monotonicMs() + i * 20);
    metrics.system({ action: "gateway.started", level: "info", message: "" });
    const odd = new CounterFamily("portcullis_odd", "Odd values.", ["text"]);
    odd.of('quoted "\\ text').add(2);
    metrics.add(odd.family);
    metrics.add({
      kind: "info",
      name: "portcullis_policy",
      help: "h",
      labelNames: ["version"],
      samples: () => [{ labels: ["v1"], value: 1 }],
    });
    metrics.add({
      kind: "gauge",
      name: "portcullis_empty",
      help: "h",
      labelNames: [],
      samples: () => [{ labels: [], value: Number.NaN }],
    });
    measured();
    await expect.poll(() => receiver.metrics.length, soon).toBeGreaterThan(0);
    const [first] = receiver.metrics as [ReceivedMetric[]];
    const sent = settled(asPrometheus(first)).filter((line) => !line.includes("odd"));
    const shown = settled(shownLines(metrics.show(undefined).text)).filter((line) => !/odd|empty/.test(line));
    expect(sent).toEqual(shown);
    expect(sent.length).toBeGreaterThan(30);
    const names = new Set(asPrometheus(first).map((line) => line.slice(0, line.indexOf("{"))));
    expect([...names].filter((name) => MOVING.test(name))).toEqual([
      "nodejs_eventloop_delay_max_seconds",
      "nodejs_eventloop_delay_p50_seconds",
      "nodejs_eventloop_delay_p99_seconds",
      "nodejs_eventloop_time_seconds_total",
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      "v8js_memory_heap_used_bytes",
    ]);
  });

  it("have OpenTelemetry's names, units, kinds and times", async () => {
    const beganMs = Date.now();
    metrics.exchange(answeredExchange(), systemClock.monotonicMs());
    measured();
    await expect.poll(() => receiver.metrics.length, soon).toBeGreaterThan(1);
    const named = (name: string) => receiver.metrics[1]?.find((one) => one.name === name);
    const duration = named("http.server.request.duration");
    expect(duration).toMatchObject({
      unit: "s",
      histogram: { aggregationTemporality: CUMULATIVE, dataPoints: [{ count: 1 }] },
    });
    const [point] = (duration?.histogram?.dataPoints ?? []) as [ReceivedPoint];
    expect(point.explicitBounds).toEqual([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]);
    expect(plain(point.attributes ?? [])).toEqual({
      "http.request.method": "GET",
      "http.route": "/orders/{id}",
      "http.response.status_code": 200,
      "url.scheme": expect.stringMatching(/^https?$/),
    });
    expect(named("portcullis.request_body")).toMatchObject({
      unit: "By",
      sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true },
    });
    expect(named("process.resident_memory")?.gauge?.dataPoints[0]?.asDouble).toBeGreaterThan(1e6);
    const [first, second] = receiver.metrics.map(
      (all) => all.find(({ name }) => name === "portcullis.request_body")?.sum?.dataPoints[0] as ReceivedPoint,
    );
    expect(first?.startTimeUnixNano).toBe(second?.startTimeUnixNano);
    expect(Number(first?.startTimeUnixNano) / 1e6).toBeGreaterThanOrEqual(beganMs - 1_000);
    expect(Number(second?.timeUnixNano)).toBeGreaterThan(Number(first?.timeUnixNano));
    expect(receiver.resources[0]).toEqual({ "service.name": "Orders", "host.name": "gate-1" });
    expect(server.asked[0]?.headers["authorization"]).toBe("Bearer secret-field");
  });

  it("many go in several requests, each once", async () => {
    const many = new CounterFamily("portcullis_many", "Many.", ["n"]);
    for (let n = 0; n < 9_000; n += 1) many.of(String(n)).add(n);
    measured({ metricsEveryMs: 60_000 }, () => [many.family]);
    await (open.pop() as Destination).close();
    const points = receiver.metrics.map((all) => all.flatMap(({ sum }) => [...(sum?.dataPoints ?? [])]));
    expect(points.map((some) => some.length)).toEqual([4_000, 4_000, 1_000]);
    const numbers = points
      .flat()
      .map(({ attributes, asDouble }) => [Number(plain(attributes ?? [])["n"]), asDouble ?? 0]);
    expect(numbers).toEqual(Array.from({ length: 9_000 }, (_, n) => [n, n]));
  });

  it("of the last moments go at the end", async () => {
    const destination = measured({ metricsEveryMs: 60_000 });
    metrics.exchange(answeredExchange(), systemClock.monotonicMs());
    await destination.close();
    expect(receiver.metrics).toHaveLength(1);
  });

  it("are not sent where nobody asked for them, nor from where nothing is measured", async () => {
    await measured({ signals: ["logs", "traces"] }).close();
    expect(server.asked).toEqual([]);
  });

  const status =
    (code: number): Answer =>
    (_asked, response) =>
      void response.writeHead(code).end();
  it.each<[string, Answer, string]>([
    ["has no pipeline for them", status(404), "it answered 404"],
    ["is ill", status(503), "it answered 503"],
    ["finds them wrong", status(400), "it answered 400"],
    ["answers something else", (_asked, response) => void response.end("hello"), "none of OTLP"],
    ["breaks off", ({ socket }) => void socket.destroy(), ""],
    ["hangs", () => undefined, ""],
  ])(
    "where the collector %s it is told once, and again when it works; events are not held up",
    async (what, answer, why) => {
      server.answer = answer;
      metrics.exchange(answeredExchange(), systemClock.monotonicMs());
      // Whatever else is wrong is told, however late it is.
      if (what === "hangs") measured({ timeoutMs: 100 });
      else measured();
      await expect.poll(() => server.asked.length, soon).toBeGreaterThan(2);
      expect(said.map(({ action }) => action)).toEqual(["monitoring.metrics-failing"]);
      expect(said[0]?.message).toContain(why);
      expect(said[0]?.message).not.toContain("secret");
      server.answer = receiver.answer;
      await expect.poll(() => said.length, soon).toBe(2);
      expect(said[1]?.action).toBe("monitoring.metrics-working");
      // Nothing of what was measured meanwhile is missing.
      expect(asPrometheus(receiver.metrics[0] ?? []).join("\n")).toMatch(
        /http_server_request_duration_seconds_count\{.*\} 1/,
      );
    },
  );

  it("of which it refuses some are told", async () => {
    receiver.rejects = 3;
    measured();
    await expect.poll(() => said.length, soon).toBe(2);
    expect(said[0]?.message).toMatch(/it refused 3 of \d+ in one request/);
  });

  it("end in bounded time where the collector hangs", async () => {
    server.answer = () => undefined;
    const destination = measured({ metricsEveryMs: 60_000, timeoutMs: 60_000 });
    const passedMs = stopwatch();
    await destination.close();
    expect(passedMs()).toBeLessThan(5_000);
  });
});

describe("a gateway", () => {
  const configuration = (otlp: string) => `openapi: api.yaml
upstream: http://127.0.0.1:9
transport: { listen: 0, adminListen: 0, tls: dangerouslyOff }
authentication: { oauth: { issuer: "http://127.0.0.1:9/", audience: a } }
monitoring: { sinks: [{ otlp: ${otlp} }] }
`;

  it("sends its own, also what only it knows", async () => {
    const receiver = new OtlpReceiver();
    const server = await new HttpServer(receiver.answer).start();
    const otlp = `{ url: "${server.url}", signals: [metrics], metricsEvery: 1s }`;
    const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": configuration(otlp) });
    const gateway = startProcess(["start"], cwd);
    const [, url = ""] = await gateway.errorShows(/ at (http:\S+)\n/);
    for (let i = 0; i < 5; i += 1) expect((await fetch(`${url}/no`)).status).toBe(404);
    gateway.signal("SIGTERM");
    expect(await gateway.ended).toBe(0);
    await server.stop();
    const lines = asPrometheus(receiver.metrics.at(-1) ?? []);
    expect(lines.join("\n")).toMatch(/^portcullis_decisions_total\{.*,mode="enforce"\} 5$/m);
    const names = lines.map((line) => line.split("{")[0]);
    expect(names).toEqual(
      expect.arrayContaining([
        "http_server_active_requests",
        "portcullis_policy_info",
        "portcullis_sink_delivered_total",
        "portcullis_spool_bytes",
        "portcullis_detection_groups",
      ]),
    );
    expect(receiver.resources[0]?.["service.name"]).toBe("Shop");
    expect(receiver.logs).toEqual([]);
  });

  it("is told where `metricsEvery` has no effect", async () => {
    const otlp = '{ url: "http://127.0.0.1:4318", metricsEvery: 10s }';
    const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": configuration(otlp) });
    const { code, out, err } = await run(["check"], { cwd });
    expect(code).toBe(1);
    expect(out + err).toContain("metricsEvery has no effect: metrics are not sent");
  });
});
