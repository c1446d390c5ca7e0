// The recorder: one event per exchange whatever happens, complete when closed, and it never throws.
import { describe, expect, it } from "vitest";
import { createRecorder, Detector, Metrics, type Sink } from "../../src/monitoring/index.ts";
import { ALICE, answeredExchange, clock, exchangeOf, GET_ORDER, MemorySink } from "./exchanges.ts";
import { record } from "./record.ts";

/** A detector that counts the exchanges it was shown. */
function watching() {
  const watched = { seen: 0, detector: new Detector({ watched: [], text: "" }) };
  watched.detector.exchange = () => void (watched.seen += 1);
  return watched;
}

describe("the recorder", () => {
  it("gives every sink the same line, and each event an id and a number of its own", () => {
    const [one, two] = [new MemorySink(), new MemorySink()];
    const recorder = createRecorder({ sinks: [one, two], clock });
    for (let i = 0; i < 3; i += 1) recorder.exchange(answeredExchange());
    expect(one.lines).toEqual(two.lines);
    const events = one.events().map(({ event }) => event);
    expect(events.map((event) => event.sequence)).toEqual([1, 2, 3]);
    expect(new Set(events.map((event) => event.id)).size).toBe(3);
  });

  it("counts exchanges by the class of their status", () => {
    const recorder = createRecorder({ sinks: [], clock });
    for (const status of [0, 101, 200, 204, 302, 404, 429, 500, 999]) {
      const exchange = exchangeOf();
      exchange.answerStatus = status;
      recorder.exchange(exchange);
    }
    recorder.system({ action: "gateway.started", level: "info", message: "" });
    expect(recorder.snapshot()).toEqual({
      exchanges: { none: 2, "1xx": 1, "2xx": 2, "3xx": 1, "4xx": 2, "5xx": 1 },
      system: 1,
      written: {},
      dropped: {},
      faults: 0,
    });
  });

  it("survives a sink that throws, and counts it", async () => {
    const broken: Sink = {
      name: "broken",
      write: () => {
        throw new Error("x");
      },
      flush: () => Promise.reject(new Error("x")),
      close: () => Promise.reject(new Error("x")),
    };
    const other = new MemorySink();
    const recorder = createRecorder({ sinks: [broken, other], clock });
    recorder.exchange(answeredExchange());
    await recorder.flush();
    await recorder.close();
    expect(other.lines).toHaveLength(1);
    expect(recorder.snapshot()).toMatchObject({ faults: 1, dropped: { "0:broken": 1, "1:memory": 0 } });
  });

  it("survives metrics that throw: the exchange is on record, is watched, and the fault is counted", () => {
    const metrics = new Metrics();
    const exchange = answeredExchange();
    const sink = new MemorySink();
    // Broken only behind the record.
    const breaking: Sink = {
      name: "breaking",
      write: (line) => {
        Object.assign(exchange, { limits: undefined });
        return sink.write(line);
      },
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const watched = watching();
    const recorder = createRecorder({ sinks: [breaking], clock, metrics, detector: watched.detector });
    recorder.exchange(exchange);
    metrics.close();
    expect(sink.lines).toHaveLength(1);
    expect(watched.seen).toBe(1);
    expect(recorder.snapshot().faults).toBe(1);
  });

  it("survives an exchange that cannot even be classified", () => {
    const sink = new MemorySink();
    const recorder = createRecorder({ sinks: [sink], clock });
    const exchange = answeredExchange();
    Object.defineProperty(exchange, "denial", {
      get: () => {
        throw new Error("x");
      },
    });
    recorder.exchange(exchange);
    expect(recorder.snapshot().faults).toBe(1);
    expect(sink.systemEvents()[0]?.event.code).toBe("monitoring.event-failed");
  });

  it("records that an exchange took place where its event cannot be made", () => {
    const sink = new MemorySink();
    const recorder = createRecorder({
      sinks: [sink],
      clock,
      sensitiveParameters: () => {
        throw new Error("x");
      },
    });
    recorder.exchange(answeredExchange());
    expect(recorder.snapshot().faults).toBe(1);
    expect(sink.systemEvents()[0]).toMatchObject({
      log: { level: "error" },
      event: { code: "monitoring.event-failed" },
      portcullis: { data: { request_id: "req-1", status_code: 200 } },
    });
  });

  it("takes nothing after it was closed", async () => {
    const sink = new MemorySink();
    const recorder = createRecorder({ sinks: [sink], clock });
    const closing = recorder.close();
    recorder.exchange(answeredExchange());
    recorder.system({ action: "gateway.stopped", level: "info", message: "" });
    await closing;
    expect(recorder.close()).toBe(closing);
    expect(sink.lines).toEqual([]);
  });

  it("makes what belongs to a caller anew where anything of it changes", () => {
    const sink = new MemorySink();
    const recorder = createRecorder({ sinks: [sink], clock });
    const principal = { ...ALICE };
    const send = (head: object, lines: string[], tls: string | undefined) => {
      const exchange = answeredExchange(head, lines);
      exchange.principal = principal;
      exchange.tlsVersion = tls;
      recorder.exchange(exchange);
    };
    send({ clientAddress: "10.0.0.1" }, ["User-Agent", "a"], "TLSv1.3");
    send({ clientAddress: "10.0.0.2" }, ["User-Agent", "a"], "TLSv1.3");
    send({ clientAddress: "10.0.0.2" }, ["User-Agent", "b"], "TLSv1.3");
    send({ clientAddress: "10.0.0.2" }, ["User-Agent", "b"], "TLSv1.2");
    send({ clientAddress: "10.0.0.2", peerAddress: "10.9.9.9" }, [], undefined);
    expect(
      sink
        .events()
        .map((event) => [
          event.client.ip,
          event.source.ip,
          event.user_agent?.original,
          event.tls?.version,
          event.user?.id,
        ]),
    ).toEqual([
      ["10.0.0.1", "127.0.0.1", "a", "1.3", "alice"],
      ["10.0.0.2", "127.0.0.1", "a", "1.3", "alice"],
      ["10.0.0.2", "127.0.0.1", "b", "1.3", "alice"],
      ["10.0.0.2", "127.0.0.1", "b", "1.2", "alice"],
      ["10.0.0.2", "10.9.9.9", undefined, undefined, "alice"],
    ]);
  });

  it("names the policy that each exchange began with", () => {
    const sink = new MemorySink();
    const recorder = createRecorder({ sinks: [sink], clock });
    for (const version of ["one", "two", "one"]) {
      const exchange = answeredExchange();
      exchange.policyVersion = version;
      recorder.exchange(exchange);
    }
    expect(sink.events().map((event) => event.portcullis.policy?.version)).toEqual(["one", "two", "one"]);
  });

  it("shows what a caller had only where authorization had something to say", () => {
    const allowed = answeredExchange();
    allowed.principal = ALICE;
    expect(record(allowed).event.portcullis.authorization).toBeUndefined();
    const observed = answeredExchange();
    observed.principal = ALICE;
    observed.operation = GET_ORDER;
    observed.note({
      guard: "authorization.roles",
      kind: "would-deny",
      denial: { kind: "deny", reason: "authorization.role-missing" },
    });
    expect(record(observed).event.portcullis.authorization).toEqual({ scopes: ["orders:read"], roles: ["customer"] });
  });
});
