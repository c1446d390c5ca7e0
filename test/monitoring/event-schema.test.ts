// Audit events conform to the Elastic Common Schema: by type, by field and by the words that it allows.
import type { Ecs } from "@elastic/ecs";
import { describe, expect, it } from "vitest";
import { type AuditEvent, createRecorder, type SystemAuditEvent } from "../../src/monitoring/index.ts";
import { ACTIONS } from "../../src/monitoring/classification.ts";
import { REASONS, type ReasonCode } from "../../src/core/reasons/registry.ts";
import { deny } from "../../src/core/outcome.ts";
import { strangers, wrongWords } from "./ecs.ts";
import { answeredExchange, clock, exchangeOf, fullExchange, MemorySink } from "./exchanges.ts";
import { record } from "./record.ts";

/** Dotted names of members of A that B does not have, at any depth. `never` when there is none. */
type Excess<A, B> = A extends readonly unknown[] | string | number | boolean
  ? never
  : {
      [K in keyof A & string]-?: K extends keyof B
        ? Excess<NonNullable<A[K]>, NonNullable<B[K]>> extends infer Inner
          ? [Inner] extends [never]
            ? never
            : `${K}.${Inner & string}`
          : never
        : K;
    }[keyof A & string];

type Fits<A> = [Excess<A, Ecs>] extends [never] ? "fits" : Excess<A, Ecs>;

/** This does not compile when an event has a field that ECS does not know. */
const FITTING: [Fits<Omit<AuditEvent, "portcullis">>, Fits<Omit<SystemAuditEvent, "portcullis">>] = ["fits", "fits"];
/** Nor this, when that check finds nothing. */
const STRANGE: [Fits<{ http: { request: { cookie: string } } }>, Fits<{ cookie?: string }>] = [
  "http.request.cookie",
  "cookie",
];

describe("the audit event", () => {
  it("is assignable to the schema's type", () => {
    const { portcullis, ...common } = record(fullExchange()).event;
    const event: Ecs = common;
    expect(FITTING).toEqual(["fits", "fits"]);
    expect(STRANGE).toEqual(["http.request.cookie", "cookie"]);
    expect(event.ecs.version).toBe("9.4.0");
    expect(portcullis.ended).toBe("complete");
  });

  it("has only fields of ECS, of its types, or below portcullis", () => {
    expect(strangers(record(fullExchange(), { service: "orders" }).event)).toEqual([]);
    expect(strangers(record(answeredExchange()).event)).toEqual([]);
    expect(strangers(record(exchangeOf({ clientAddress: "unknown\n", peerAddress: "/run/socket" })).event)).toEqual([]);
    // The check itself finds what does not belong.
    expect(strangers({ http: { request: { cookie: "x", bytes: 1.5 } } })).toHaveLength(2);
  });

  it("uses the words of ECS for every reason", () => {
    for (const reason of Object.keys(REASONS) as ReasonCode[]) {
      const exchange = answeredExchange();
      exchange.denial = deny(reason);
      exchange.answerStatus = REASONS[reason].status;
      const { event } = record(exchange).event;
      expect([event.reason, ...wrongWords(event)]).toEqual([reason]);
      expect(event.outcome).toBe("failure");
      expect(ACTIONS).toContain(event.action);
    }
  });

  it("uses the words of ECS for what was let through", () => {
    for (const status of [0, 200, 304, 404, 500]) {
      const exchange = answeredExchange();
      exchange.answerStatus = status;
      expect(wrongWords(record(exchange).event.event)).toEqual([]);
    }
  });

  it("says everything about an exchange that has everything", () => {
    const { event } = record(fullExchange(), { hashKey: "0123456789abcdef", service: "orders" });
    event.event.id = "(id)";
    // Where the test stands is not what it tests.
    delete event.error?.stack_trace;
    expect(event).toMatchSnapshot();
  });

  it("is one line of at most 1.5 KB for an ordinary request", () => {
    const { line } = record(answeredExchange());
    expect(line).not.toContain("\n");
    expect(line.length).toBeLessThan(1_500);
  });

  it("is written also where numbers are missing or impossible", () => {
    const exchange = answeredExchange();
    exchange.endedMs = Number.NaN;
    exchange.answerBytes = Number.NaN;
    exchange.requestBytes = -1;
    exchange.upstreamStartedMs = 5_000;
    exchange.limited({ name: "x", limit: Infinity, windowSeconds: 1.5, remaining: -3, resetSeconds: Number.NaN });
    const { event } = record(exchange);
    expect(strangers(event)).toEqual([]);
    // The clock's monotonic time stands in for the missing end.
    expect(event.event.duration).toBe(3_000_000);
    expect(event.portcullis.limits).toEqual([
      { name: "x", limit: 0, remaining: 0, window_seconds: 1, reset_seconds: 0 },
    ]);
  });
});

describe("the system event", () => {
  it("conforms as well", () => {
    const sink = new MemorySink();
    const recorder = createRecorder({ sinks: [sink], clock, service: "orders" });
    recorder.system({
      action: "gateway.started",
      level: "info",
      message: "Listening.",
      data: { port: 8443, tls: true },
    });
    recorder.system({ action: "gateway.stopped", level: "info", message: "Stopped." });
    recorder.system({ action: "gateway.reloaded", level: "warn", message: "Kept the old policy." });
    recorder.system({ action: "authentication.keys-loaded", level: "info", message: "2 keys." });
    const events = sink.systemEvents();
    for (const event of events) {
      expect(strangers(event)).toEqual([]);
      expect(wrongWords(event.event)).toEqual([]);
    }
    expect(events.map((event) => event.event.action)).toEqual([
      "sys_startup",
      "sys_shutdown",
      "gateway.reloaded",
      "authentication.keys-loaded",
    ]);
    expect(events[0]?.portcullis?.data).toEqual({ port: 8443, tls: true });
    expect(events[0]?.event.code).toBe("gateway.started");
  });

  it("of a sign-in says who and from where in the places that every reader of the record searches", () => {
    const sink = new MemorySink();
    const recorder = createRecorder({ sinks: [sink], clock });
    const told = (action: string, data: Record<string, string>) =>
      recorder.system({ action, level: "warn", message: "A sign-in.", data });
    told("identity.sign-in-failed", { address: "192.0.2.7", what: "password" });
    told("identity.sign-in-succeeded", { address: "2001:db8::7", subject: "7c1e" });
    told("identity.sign-in-failed", { address: "unknown\u001b[31m" });
    told("detection.sanction-began", { address: "192.0.2.7", subject: "7c1e" });
    const events = sink.systemEvents();
    for (const event of events) expect(strangers(event)).toEqual([]);
    expect(events.map(({ client, user }) => ({ client, user }))).toEqual([
      { client: { ip: "192.0.2.7" }, user: undefined },
      { client: { ip: "2001:db8::7" }, user: { id: "7c1e" } },
      { client: { address: String.raw`unknown\u{1b}[31m` }, user: undefined },
      { client: undefined, user: undefined },
    ]);
  });
});
