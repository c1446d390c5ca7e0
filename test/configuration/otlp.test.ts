// Guards the settings of the OTLP sink and of traces: each reaches its options or the event, and each mistake is told with its place.
import { describe, expect, it } from "vitest";
import { runRequestGuards } from "../../src/core/run.ts";
import { continueTrace } from "../../src/http/trace-context.ts";
import type { AuditEvent } from "../../src/monitoring/index.ts";
import type { OtlpOptions } from "../../src/sinks/otlp/otlp-destination.ts";
import { composed, enter, memorySink, OAUTH } from "./composing.ts";
import { load, refusals, settingsOf } from "./loading.ts";

const env = { A: "Bearer secret-token" };
const written = (inside: string): string =>
  `openapi: openapi.yaml\n${OAUTH}monitoring:\n  sinks: [{ otlp: ${inside} }]\n`;

async function optionsOf(inside: string): Promise<OtlpOptions> {
  return (await load(written(inside), { env })).settings.monitoring.destinations[0]?.options as OtlpOptions;
}

describe("the OTLP sink", () => {
  it("needs an address", async () => {
    expect(await optionsOf('{ url: "https://collector.example:4318" }')).toEqual({
      url: "https://collector.example:4318",
      signals: ["logs", "traces"],
      metricsEveryMs: 60_000,
      fields: {},
      resource: { "host.name": expect.any(String) as string },
      recordsMax: 500,
      bytesMax: 1_048_576,
      gzip: true,
      timeoutMs: 30_000,
      ca: undefined,
      dangerouslyAllowHttp: false,
    });
  });

  it("takes every setting", async () => {
    const options = await optionsOf(
      '{ url: "http://127.0.0.1:4318/base", signals: [traces], headers: { Authorization: "${A}" }, resource: { a.b: c, host.name: h }, ' +
        "recordsMax: 9, requestBytesMax: 2KiB, gzip: false, timeout: 4s }",
    );
    expect(options).toMatchObject({
      url: "http://127.0.0.1:4318/base",
      signals: ["traces"],
      fields: { authorization: "Bearer secret-token" },
      resource: { "a.b": "c", "host.name": "h" },
      recordsMax: 9,
      bytesMax: 2_048,
      gzip: false,
      timeoutMs: 4_000,
    });
  });

  it.each([
    ['url: "http://collector.example:4318"', "plain http to another machine"],
    ['url: "https://collector.example:4318/v1/logs"', "the path of one signal"],
    ['url: "https://c:4318", signals: []', "signals"],
    ['url: "https://c:4318", signals: [profiles]', "signals"],
    ['url: "https://c:4318", metricsEvery: 10s', "metricsEvery has no effect: metrics are not sent"],
    ['url: "https://c:4318", headers: { Content-Type: x }', "set by the request itself"],
    ['url: "https://c:4318", certificate: a.pem', "key is missing"],
    ['url: "http://[::1]:4318", key: a.pem, certificate: b.pem', "no effect: the url is http"],
  ])("refuses %s", async (inside, message) => {
    const said = (await refusals(written(`{ ${inside} }`), { env })).join("\n");
    expect(said).toContain(message);
    expect(said).not.toContain("secret");
  });
});

describe("monitoring.traces", () => {
  const traces = (text: string) => `${OAUTH}monitoring: { traces: ${text} }\n`;

  it("has a ratio and a bound", async () => {
    const settings = await settingsOf(`openapi: a.yaml\n${traces("{}")}`);
    expect(settings.monitoring.traces).toEqual({ ratio: 0.05, perSecondMax: 50 });
    expect((await settingsOf(`openapi: a.yaml\n${OAUTH}`)).monitoring.traces).toBeUndefined();
  });

  it.each(["{ ratio: 1.1 }", "{ ratio: -0.1 }", "{ perSecondMax: 0 }"])("refuses %s", async (text) => {
    expect(await refusals(`openapi: a.yaml\n${traces(text)}`)).toHaveLength(1);
  });

  async function eventOf(
    text: string,
    traceparent?: string,
  ): Promise<{ event: AuditEvent; flags: string | undefined }> {
    const lines: string[] = [];
    const composition = await composed(text, { ports: { createSink: () => memorySink(lines) } });
    const { gate, exchange } = enterTraced(composition, traceparent);
    await runRequestGuards(gate.head, exchange);
    composition.recorder.exchange(exchange);
    await composition.close();
    return { event: JSON.parse(lines[0] as string) as AuditEvent, flags: exchange.trace?.flags };
  }

  function enterTraced(composition: Awaited<ReturnType<typeof composed>>, traceparent: string | undefined) {
    const found = enter(composition, "GET", "/health");
    const { exchange } = found;
    exchange.trace = continueTrace(traceparent);
    return { gate: composition.policy.enter(exchange), exchange };
  }

  it("puts the time of each guard into the event of what is sampled", async () => {
    const { event, flags } = await eventOf(traces("{ ratio: 1 }"));
    expect(flags).toBe("01");
    expect(event.portcullis.guards?.length).toBeGreaterThan(1);
    expect(event.portcullis.guards?.[0]).toEqual({
      name: "rate-limiting.address-ceiling",
      start: expect.any(Number) as number,
      duration: expect.any(Number) as number,
    });
  });

  it("puts nothing into other events, and says so to the API", async () => {
    const { event, flags } = await eventOf(traces("{ ratio: 0 }"));
    expect([event.portcullis.guards, flags]).toEqual([undefined, "00"]);
    const untraced = await eventOf(OAUTH);
    expect([untraced.event.portcullis.guards, untraced.flags]).toEqual([undefined, "01"]);
  });
});
