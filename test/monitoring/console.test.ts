// The console: aligned lines for people, JSON for programs, and a reader that leaves or pauses stops nothing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Exchange } from "../../src/core/exchange.ts";
import { deny } from "../../src/core/outcome.ts";
import { consoleSink, createRecorder } from "../../src/monitoring/index.ts";
import { ALICE, answeredExchange, clock, exchangeOf, fullExchange, NOW_MS } from "./exchanges.ts";
import { record } from "./record.ts";

const folder = mkdtempSync(join(tmpdir(), "console-"));
afterAll(() => rmSync(folder, { recursive: true }));

const pad = (part: number) => String(part).padStart(2, "0");
const at = new Date(NOW_MS);
/** The time zone is the machine's, also in the snapshots. */
const TIME = [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(":");
const timeless = (line: string) => line.replaceAll(TIME, "04:05:06");

function expired(): Exchange {
  const exchange = answeredExchange();
  exchange.answerStatus = 401;
  exchange.denial = deny("authentication.token-expired");
  exchange.principal = { ...ALICE, subject: "alice@example.com" };
  return exchange;
}

function samples(): Exchange[] {
  const missing = exchangeOf({ path: "/nothing/here" });
  missing.answerStatus = 404;
  missing.denial = deny("validation.operation-undeclared");
  const invalid = answeredExchange({ path: "/api/register", method: "POST" });
  invalid.answerStatus = 400;
  invalid.denial = deny("validation.request-invalid", {
    violations: [
      { in: "body", at: "/password", message: "password must be at least 12 characters" },
      { in: "body", at: "/email", message: "email must be an e-mail address" },
    ],
  });
  const observed = answeredExchange();
  observed.note({ guard: "g", kind: "would-deny", denial: deny("rate-limiting.limit-exceeded") });
  const down = answeredExchange({ clientAddress: "2001:db8::7" });
  down.answerStatus = 502;
  down.denial = deny("transport.upstream-refused");
  down.endedMs = 13_500;
  const left = answeredExchange();
  left.answerStatus = 0;
  left.ended = "client-left";
  return [answeredExchange(), expired(), missing, invalid, observed, down, left, fullExchange()];
}

describe("a line of the console", () => {
  it("is aligned and says what happened", () => {
    expect(samples().map((exchange) => timeless(record(exchange).text))).toMatchInlineSnapshot(`
      [
        "04:05:06 200 GET    /orders/7                    getOrder                           -                  127.0.0.1         3.0 ms  req-1",
        "04:05:06 401 GET    /orders/7                    authentication.token-expired       alice@example.com  127.0.0.1         3.0 ms  req-1",
        "04:05:06 404 GET    /nothing/here                validation.operation-undeclared    -                  127.0.0.1         3.0 ms  req-1",
        "04:05:06 400 POST   /api/register                validation.request-invalid         -                  127.0.0.1         3.0 ms  req-1  password must be at least 12 characters (+1)",
        "04:05:06 200 GET    /orders/7                    would: rate-limiting.limit-exceeded -                  127.0.0.1         3.0 ms  req-1",
        "04:05:06 502 GET    /orders/7                    transport.upstream-refused         -                  2001:db8::7       12.5 s  req-1",
        "04:05:06 --- GET    /orders/7                    client-left                        -                  127.0.0.1         3.0 ms  req-1",
        "04:05:06 403 POST   /orders/7                    authorization.scope-insufficient   alice              2001:db8::7       3.0 ms  req-1  fault in rate-limiting.subject",
      ]
    `);
  });

  it("has the colour of its level", () => {
    expect(samples().map((exchange) => timeless(record(exchange).coloured))).toMatchInlineSnapshot(`
      [
        "[2m04:05:06[0m [32m200 GET    /orders/7                    getOrder                          [0m -                  127.0.0.1       [2m  3.0 ms  req-1[0m",
        "[2m04:05:06[0m [33m401 GET    /orders/7                    authentication.token-expired      [0m alice@example.com  127.0.0.1       [2m  3.0 ms  req-1[0m",
        "[2m04:05:06[0m [36m404 GET    /nothing/here                validation.operation-undeclared   [0m -                  127.0.0.1       [2m  3.0 ms  req-1[0m",
        "[2m04:05:06[0m [36m400 POST   /api/register                validation.request-invalid        [0m -                  127.0.0.1       [2m  3.0 ms  req-1[0m  password must be at least 12 characters (+1)",
        "[2m04:05:06[0m [32m200 GET    /orders/7                    would: rate-limiting.limit-exceeded[0m -                  127.0.0.1       [2m  3.0 ms  req-1[0m",
        "[2m04:05:06[0m [1;31m502 GET    /orders/7                    transport.upstream-refused        [0m -                  2001:db8::7     [2m  12.5 s  req-1[0m",
        "[2m04:05:06[0m [36m--- GET    /orders/7                    client-left                       [0m -                  127.0.0.1       [2m  3.0 ms  req-1[0m",
        "[2m04:05:06[0m [1;31m403 POST   /orders/7                    authorization.scope-insufficient  [0m alice              2001:db8::7     [2m  3.0 ms  req-1[0m  fault in rate-limiting.subject",
      ]
    `);
  });
});

describe("the console sink", () => {
  function written(options: Parameters<typeof consoleSink>[0]): Promise<string> {
    const file = join(folder, `${Math.random()}`);
    const descriptor = openSync(file, "w");
    const sink = consoleSink({ ...options, descriptor });
    const recorder = createRecorder({ sinks: [sink], clock });
    recorder.exchange(answeredExchange());
    recorder.exchange(expired());
    recorder.system({ action: "gateway.started", level: "info", message: "Listening on https://localhost:8443" });
    recorder.system({ action: "gateway.reloaded", level: "error", message: "Kept the old policy." });
    return recorder.close().then(() => {
      closeSync(descriptor);
      return readFileSync(file, "utf8");
    });
  }

  it("writes JSON lines where no terminal is", async () => {
    const lines = (await written({})).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { log: { level: string } }).log.level)).toEqual([
      "info",
      "warn",
      "info",
      "error",
    ]);
  });

  it("writes text when told to, without colour where no terminal is", async () => {
    const text = await written({ format: "readable" });
    expect(text).toContain("authentication.token-expired");
    expect(timeless(text)).toContain("04:05:06 info  Listening on https://localhost:8443  gateway.started\n");
    expect(text).not.toContain("\u001b");
    expect(await written({ format: "readable", colour: true })).toContain("\u001b[33m401 ");
  });

  it("shows only what reaches its level", async () => {
    const text = await written({ format: "readable", level: "warn" });
    expect(text.trimEnd().split("\n")).toHaveLength(2);
    expect(await written({ format: "json", level: "error" })).toContain("gateway.reloaded");
    expect((await written({ format: "json", level: "error" })).trimEnd().split("\n")).toHaveLength(1);
  });
});

const MODULES = {
  recorder: join(import.meta.dirname, "../../src/monitoring/index.ts"),
  exchanges: join(import.meta.dirname, "exchanges.ts"),
};

/** A process of its own whose standard output is a pipe or a terminal that the test holds. */
function program(body: string): string {
  return (
    `import { consoleSink, createRecorder } from ${JSON.stringify(MODULES.recorder)};` +
    `import { answeredExchange } from ${JSON.stringify(MODULES.exchanges)};` +
    `const recorder = createRecorder({ sinks: [consoleSink()] }); ${body}`
  );
}

describe("a process whose output", () => {
  it("is closed goes on and ends well", async () => {
    const child = spawn(
      process.execPath,
      [
        "--input-type=module-typescript",
        "-e",
        program(
          `process.stdin.once("data", async () => {
             for (let i = 0; i < 5_000; i += 1) recorder.exchange(answeredExchange());
             await recorder.flush(); recorder.exchange(answeredExchange()); await recorder.close();
             process.stderr.write(JSON.stringify(recorder.snapshot())); process.exit(7); });
           recorder.exchange(answeredExchange());`,
        ),
      ],
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    let told = "";
    child.stderr.on("data", (chunk) => (told += String(chunk)));
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    expect(JSON.parse(first.toString())).toMatchObject({ ecs: { version: "9.4.0" } });
    child.stdout.destroy();
    child.stdin.write("go\n");
    const [code] = (await once(child, "close")) as [number];
    expect([code, told]).toEqual([7, expect.stringContaining('"2xx":5002')]);
  });

  it("is not read is not held up: it counts what it drops", async () => {
    const child = spawn(
      process.execPath,
      [
        "--input-type=module-typescript",
        "-e",
        program(
          `let longest = 0; let last = performance.now();
           for (let round = 0; round < 300; round += 1) {
             for (let i = 0; i < 100; i += 1) recorder.exchange(answeredExchange());
             await new Promise((resolve) => setImmediate(resolve));
             longest = Math.max(longest, performance.now() - last); last = performance.now();
           }
           process.stderr.write(JSON.stringify({ longest, dropped: recorder.snapshot().dropped["0:console"] }));`,
        ),
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    child.stdout.pause();
    const [told] = (await once(child.stderr, "data")) as [Buffer];
    child.kill("SIGKILL");
    const { longest, dropped } = JSON.parse(told.toString()) as { longest: number; dropped: number };
    // Whoever waits for the reader waits for ever; a machine that stalls does not.
    expect(longest).toBeLessThan(20_000);
    // 30,000 events of about 700 bytes do not fit into 16 MiB and a pipe.
    expect(dropped).toBeGreaterThan(1_000);
  });
});
