// Whoever sends long names and a long agent does not keep what they do away from a syslog server, whose messages are short.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { deny } from "../../src/core/outcome.ts";
import { syslogDestination } from "../../src/sinks/syslog/syslog-destination.ts";
import { shortenedEvent } from "../../src/sinks/syslog/shortened.ts";
import { answeredExchange } from "../monitoring/exchanges.ts";
import { record } from "../monitoring/record.ts";
import { recordOf } from "./records.ts";
import { readMessage } from "./syslog-stand-in.ts";

const UDP_BYTES = 2_048;
const TLS_BYTES = 8_192;

type Shown = Record<string, Record<string, unknown>>;

/** As long as names, an agent of control characters, and a flag that asks for the times of guards make it. */
function attack(): string {
  const exchange = answeredExchange({ method: "POST" }, ["User-Agent", "\u0085".repeat(1_500)]);
  exchange.answerStatus = 400;
  exchange.deniedBy = "validation.body";
  const at = (i: number) => `/${String.fromCodePoint(0x4e00 + i).repeat(64)}`;
  const violations = Array.from({ length: 20 }, (_, i) => ({
    in: "body" as const,
    at: at(i),
    message: `${at(i)} is not allowed`,
  }));
  exchange.denial = deny("validation.request-invalid", { violations });
  return record(exchange).line.trimEnd();
}

it("what makes an event longer than any message takes nothing of who, what and why from it", async () => {
  const line = attack();
  expect(Buffer.byteLength(line)).toBeGreaterThan(TLS_BYTES);
  const server = createSocket("udp4");
  onTestFinished(() => void server.close());
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  const arrived = once(server, "message") as Promise<[Buffer]>;
  const header = { facility: "audit", hostname: "gate-1", appName: "portcullis", enterpriseNumber: 32_473 } as const;
  const where = { transport: "udp", host: "localhost", port: server.address().port } as const;
  const bounds = { messageBytesMax: UDP_BYTES, timeoutMs: 10_000, dangerouslyUnencrypted: false };
  const ports = { name: "syslog", level: "info", clock: systemClock } as const;
  const sending = syslogDestination({ ...header, ...where, ...bounds }, ports);
  const delivery = await sending.deliver([recordOf(line)], new AbortController().signal);
  expect(delivery).toEqual({ kind: "answered", outcomes: ["delivered"] });
  const [bytes] = await arrived;
  await sending.close();
  expect(bytes.length).toBeLessThanOrEqual(UDP_BYTES);
  const whole = JSON.parse(line) as Shown;
  const { user_agent: _agent, portcullis: { violations: _names, ...rest } = {}, ...others } = whole;
  expect(JSON.parse(readMessage(bytes).text)).toEqual({
    ...others,
    portcullis: { ...rest, left_out: ["portcullis.violations", "user_agent"] },
  });
  expect(whole["event"]?.["reason"]).toBe("validation.request-invalid");
});

it("no more is left out than must be, what is missed least first", () => {
  const line = attack();
  const leftOut = (bytesMax: number): unknown =>
    (JSON.parse(shortenedEvent(Buffer.from(line), bytesMax)?.toString() ?? "{}") as Shown)["portcullis"]?.["left_out"];
  expect(leftOut(4_000)).toEqual(["portcullis.violations"]);
  expect(leftOut(2_000)).toEqual(["portcullis.violations", "user_agent"]);
  expect(leftOut(100)).toBeUndefined();
});

it.each(["no JSON", "[1]", "null", '"text"', "{}", '{"portcullis":7,"error":[]}'])(
  "what is no event of ours, or has nothing to leave out, is not shortened: %s",
  (text) => {
    expect(shortenedEvent(Buffer.from(text), 10)).toBeUndefined();
  },
);
