// OTLP over HTTP, read by OpenTelemetry's own protobuf definitions: logs, spans, and what becomes of what a collector refuses.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { Destination } from "../../src/monitoring/index.ts";
import { otlpDestination, type OtlpOptions } from "../../src/sinks/otlp/otlp-destination.ts";
import { describeFaults } from "./http-faults.ts";
import { type Answer, HttpServer } from "./http-server.ts";
import { OtlpReceiver, plain } from "./otlp-receiver.ts";
import { ids, recordOf, records } from "./records.ts";
import { sampled } from "./sampled.ts";

const never = new AbortController().signal;
const PORTS = { name: "otlp", level: "info", clock: systemClock } as const;

function destinationOf(url: string, options: Partial<OtlpOptions> = {}): Destination {
  const bounds = { recordsMax: 500, bytesMax: 1_048_576, timeoutMs: 20_000, gzip: true, dangerouslyAllowHttp: false };
  const what = {
    signals: ["logs", "traces"] as const,
    metricsEveryMs: 60_000,
    resource: { "deployment.environment.name": "test" },
  };
  const fields = { authorization: "Bearer secret-field" };
  return otlpDestination({ url, fields, ...bounds, ...what, ...options }, PORTS);
}

describeFaults("OTLP", {
  well() {
    const receiver = new OtlpReceiver();
    return { answer: receiver.answer, taken: () => receiver.ids };
  },
  create: (url, timeoutMs, ca) => destinationOf(url, { timeoutMs, ...(ca !== undefined && { ca }) }),
  garbage: "<html>it works!</html>",
});

describe("OTLP", () => {
  let receiver: OtlpReceiver;
  let server: HttpServer;
  const open: Destination[] = [];

  function destination(options: Partial<OtlpOptions> = {}, path = ""): Destination {
    const made = destinationOf(server.url + path, options);
    open.push(made);
    return made;
  }

  beforeEach(async () => {
    receiver = new OtlpReceiver();
    server = await new HttpServer(receiver.answer).start();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await server.stop();
  });

  it("makes a log record of each event", async () => {
    const given = records(3, (event, i) => Object.assign(event, { log: { level: ["info", "warn", "error"][i] } }));
    expect(await destination().deliver(given, never)).toEqual({
      kind: "answered",
      outcomes: ["delivered", "delivered", "delivered"],
    });
    expect(receiver.ids).toEqual(ids(given));
    expect(receiver.logs.map(({ severityNumber, severityText }) => [severityNumber, severityText])).toEqual([
      [9, "INFO"],
      [13, "WARN"],
      [17, "ERROR"],
    ]);
    expect(receiver.logs[0]).toMatchObject({ body: { stringValue: "GET /orders/7 200" }, eventName: "api_access" });
    expect(Math.round((receiver.logs[1]?.timeUnixNano ?? 0) / 1e6)).toBe(given[1]?.timeMs);
    expect(receiver.spans).toEqual([]);
    expect(server.asked[0]?.headers).toMatchObject({
      "content-encoding": "gzip",
      authorization: "Bearer secret-field",
    });
  });

  it("has the fields of an event by OpenTelemetry's names, all of them, tied to its trace", async () => {
    await destination().deliver([sampled()], never);
    const [log] = receiver.logs;
    const attributes = plain(log?.attributes ?? []);
    expect(attributes).toMatchObject({
      "log.record.uid": "sampled-1",
      "http.request.method": "POST",
      "http.route": "/orders/{id}",
      "http.response.status_code": 403,
      "http.request.header.x-request-id": ["req-1"],
      "network.protocol.version": "2",
      "client.address": "2001:db8::7",
      "network.peer.address": "127.0.0.1",
      "url.path": "/orders/7",
      "user.id": "alice",
      "user_agent.original": "curl/8.5.0",
      "event.reason": "authorization.scope-insufficient",
      "event.category": ["api", "web"],
      "portcullis.operation.id": "getOrder",
      "portcullis.authentication.method": "bearer",
    });
    expect(attributes["portcullis.limits"]).toMatchObject([{ name: "subject", remaining: 57 }, { name: "burst" }]);
    expect(
      Object.keys(attributes).filter((name) => /^(?:@|message|log\.level|service|portcullis\.guards)/.test(name)),
    ).toEqual([]);
    expect(log?.traceId?.toString("hex")).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
    expect(log?.spanId?.toString("hex")).toBe("00f067aa0ba902b7");
    expect(log?.flags).toBe(1);
    expect(receiver.resources[0]).toEqual({ "service.name": "Orders", "deployment.environment.name": "test" });
  });

  describe("traces", () => {
    it("are a span for the exchange, a child for each guard, and one for the API", async () => {
      await destination().deliver([sampled()], never);
      const [own, ...children] = receiver.spans;
      expect(own).toMatchObject({ name: "POST /orders/{id}", kind: 2 });
      expect(own?.parentSpanId?.toString("hex")).toBe("53995c3f42cd8ad8");
      expect(own?.spanId.toString("hex")).toBe("00f067aa0ba902b7");
      expect(plain(own?.attributes ?? [])).toMatchObject({
        "http.route": "/orders/{id}",
        "http.response.status_code": 403,
        "portcullis.reason": "authorization.scope-insufficient",
      });
      expect(own?.status?.code ?? 0).toBe(0);
      expect(children.map(({ name, kind }) => [name, kind])).toEqual([
        ["rate-limiting.address-ceiling", 1],
        ["authentication.oauth", 1],
        ["upstream", 3],
      ]);
      for (const child of children) {
        expect(child.parentSpanId).toEqual(own?.spanId);
        expect(child.traceId).toEqual(own?.traceId);
        expect(child.startTimeUnixNano).toBeGreaterThanOrEqual(own?.startTimeUnixNano ?? 0);
      }
      const lengths = receiver.spans.map((span) => (span.endTimeUnixNano - span.startTimeUnixNano) / 1e6);
      // Numbers of that size are exact to a quarter of a microsecond.
      for (const [i, length] of [3, 0.02, 0.3, 2.25].entries()) expect(lengths[i]).toBeCloseTo(length, 2);
      expect(new Set(receiver.spans.map(({ spanId }) => spanId.toString("hex"))).size).toBe(4);
    });

    it("are the same when they come again", async () => {
      for (let i = 0; i < 2; i += 1) await destination().deliver([sampled()], never);
      const spanIds = receiver.spans.map(({ spanId }) => spanId.toString("hex"));
      expect(spanIds.slice(0, 4)).toEqual(spanIds.slice(4));
    });

    it("are not there for what is not sampled, and not sent where only logs are wanted", async () => {
      await destination().deliver(records(1), never);
      await destination({ signals: ["logs"] }).deliver([sampled()], never);
      expect([receiver.logs.length, receiver.spans.length]).toEqual([2, 0]);
      await destination({ signals: ["traces"] }).deliver([...records(1), sampled()], never);
      expect([receiver.logs.length, receiver.spans.length]).toEqual([2, 4]);
    });

    it("say what failed", async () => {
      const failing = JSON.parse(Buffer.from(sampled().json).toString()) as Record<string, Record<string, object>>;
      for (const status of [500, undefined]) {
        const response = status === undefined ? {} : { response: { status_code: status } };
        failing["http"] = { request: { method: "GET" }, ...response };
        await destination().deliver([recordOf(JSON.stringify(failing))], never);
        expect(receiver.spans.at(-4)?.status).toEqual({ code: 2 });
      }
    });

    it("come again alone where the log was taken and they were not", async () => {
      const away: Answer = (asked, response) => {
        if (asked.url === "/v1/traces") response.writeHead(503, { "retry-after": "4" }).end();
        else receiver.answer(asked, response);
      };
      server.answer = away;
      const sending = destination();
      const given = [...records(1), sampled()];
      expect(await sending.deliver(given, never)).toEqual({
        kind: "answered",
        outcomes: ["delivered", "retry"],
        retryAfterMs: 4_000,
      });
      server.answer = receiver.answer;
      expect(await sending.deliver(given.slice(1), never)).toEqual({ kind: "answered", outcomes: ["delivered"] });
      expect([receiver.logs.length, receiver.spans.length]).toEqual([2, 4]);
      // Not for ever: the next time it is a record like any other.
      await sending.deliver(given.slice(1), never);
      expect(receiver.logs).toHaveLength(3);
    });
  });

  describe("where the collector refuses", () => {
    it("some of a request sets all of it aside, as it does not say which, and sends nothing twice", async () => {
      receiver.rejects = 1;
      const given = records(3);
      const dead = { dead: `${server.url}/v1/logs: it refused 1 of 3 in one request, and does not say which` };
      expect(await destination().deliver(given, never)).toEqual({ kind: "answered", outcomes: [dead, dead, dead] });
      expect(server.asked).toHaveLength(1);
    });

    it.each([400, 413, 415, 422])("with %i loses the poisonous event alone", async (status) => {
      server.answer = (asked, response) => {
        if (asked.body.includes("poison")) response.writeHead(status).end("secret words");
        else receiver.answer(asked, response);
      };
      const given = records(9, (event, i) => i === 6 && Object.assign(event, { message: "poison" }));
      const wanted: unknown[] = given.map(() => "delivered");
      wanted[6] = { dead: `${server.url}/v1/logs: it answered ${status}` };
      expect(await destination().deliver(given, never)).toEqual({ kind: "answered", outcomes: wanted });
    });

    it("with 500 loses the poisonous event alone once it takes others, and nothing where it takes none", async () => {
      server.answer = (_asked, response) => void response.writeHead(500).end();
      expect(await destination().deliver(records(20), never)).toMatchObject({ kind: "unavailable" });
      server.answer = (asked, response) => {
        if (asked.body.includes("poison")) response.writeHead(500).end();
        else receiver.answer(asked, response);
      };
      const given = records(9, (event, i) => i === 6 && Object.assign(event, { message: "poison" }));
      const wanted: unknown[] = given.map(() => "delivered");
      wanted[6] = { dead: expect.stringContaining("500") as string };
      await expect
        .poll(async () => (await destination().deliver(given, never)) as unknown)
        .toEqual({ kind: "answered", outcomes: wanted });
    });

    it("what is no event is dead, and the others are not", async () => {
      const given = [recordOf("[1]", "a"), ...records(1), recordOf("{", "b")];
      const dead = { dead: "it is no event" };
      expect(await destination().deliver(given, never)).toMatchObject({ outcomes: [dead, "delivered", dead] });
    });
  });

  it("believes an empty answer, and no other that is none", async () => {
    for (const [type, body, kind] of [
      ["application/x-protobuf", "", "answered"],
      ["", "", "answered"],
      ["application/json", "{}", "unavailable"],
      ["text/html", "", "unavailable"],
      ["application/x-protobuf", "\u00ff\u00ff\u00ff", "unavailable"],
    ] as const) {
      server.answer = (_asked, response) =>
        void response.writeHead(200, type === "" ? {} : { "content-type": type }).end(body);
      expect((await destination().deliver(records(1), never)).kind, `${type} ${body}`).toBe(kind);
    }
  });
});
