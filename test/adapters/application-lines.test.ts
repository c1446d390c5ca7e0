// The real Winston and pino inside Express: their lines join the record, with the request's id, masked and bounded like the rest.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import express, { type RequestHandler } from "express";
import pino from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import winston from "winston";
import { portcullis } from "../../src/adapters/express.ts";
import { auditLog } from "../../src/adapters/express-monitoring.ts";
import type { Logged } from "../../src/adapters/pino.ts";
import { portcullisStream } from "../../src/adapters/pino.ts";
import { portcullisTransport } from "../../src/adapters/winston.ts";
import { applicationLog } from "../../src/adapters/request-context.ts";
import { type ApplicationLine, createRecorder } from "../../src/monitoring/index.ts";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { ask } from "../gateway/harness.ts";
import { clock, MemorySink } from "../monitoring/exchanges.ts";

interface Line {
  readonly message: string;
  readonly log: { readonly level: string; readonly logger?: string };
  readonly event: { readonly dataset: string };
  readonly http?: { readonly request: { readonly id: string } };
  readonly error?: { readonly type: string; readonly message: string; readonly stack_trace?: string };
  readonly portcullis: { readonly application: { readonly level: string; readonly fields: Record<string, unknown> } };
}

const linesOf = (file: string) =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line)
    .filter(({ event }) => event.dataset === "portcullis.application");

interface Logger {
  info(message: string, ...more: unknown[]): void;
}
type Made = (gate: Logged) => Logger;

const LOGGERS: readonly (readonly [string, Made])[] = [
  ["Winston", (gate) => winston.createLogger({ transports: [portcullisTransport(gate, { logger: "shop" })] })],
  ["pino", (gate) => pino({ base: { name: "shop" } }, portcullisStream(gate))],
];

async function listening(gate: RequestHandler, logger: Logger): Promise<string> {
  const server = express()
    .use(gate)
    .get("/health", (request, response) => {
      const answer = async () => {
        logger.info(`begun ${request.query["n"] as string}`);
        await pause(20);
        logger.info(`done ${request.query["n"] as string}`);
        response.end("{}");
      };
      void answer();
    })
    .listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
}

describe.each(LOGGERS)("%s", (_name, make) => {
  it("inside the gate: each line has the id of its own request, also behind what is awaited, and of none outside", async () => {
    const folder = folderWith({ "api.yaml": DOCUMENT });
    const at = (name: string) => path.join(folder, name);
    const sinks = `monitoring: { sinks: [{ file: ${at("audit.ndjson")} }], spool: { folder: ${at("spool")} } }`;
    const settings = `openapi: ${at("api.yaml")}\n${OAUTH}validation: { unknownParameters: monitor }\n${sinks}\n`;
    const gate = await portcullis({ file: path.join(folderWith({ "portcullis.yaml": settings }), "portcullis.yaml") });
    const logger = make(gate);
    logger.info("starting");
    const url = await listening(gate, logger);
    const ids = await Promise.all([1, 2, 3].map(async (n) => (await ask(`${url}?n=${n}`)).headers["x-request-id"]));
    await gate.close();
    const lines = linesOf(at("audit.ndjson"));
    expect(lines).toHaveLength(7);
    expect(lines.find(({ message }) => message === "starting")?.http).toBeUndefined();
    for (const [i, id] of ids.entries()) {
      const own = lines.filter(({ message }) => message.endsWith(` ${i + 1}`));
      expect(own.map(({ http }) => http?.request.id)).toEqual([id, id]);
      expect(own.map(({ log }) => log)).toEqual([
        { level: "info", logger: "shop" },
        { level: "info", logger: "shop" },
      ]);
    }
  });

  it("beside the audit log alone, too", async () => {
    const file = path.join(folderWith({}), "audit.ndjson");
    const gate = auditLog({ file });
    const url = await listening(gate, make(gate));
    const answer = await ask(`${url}?n=1`);
    await gate.close();
    expect(linesOf(file).map(({ http }) => http?.request.id)).toEqual(
      Array.from({ length: 2 }, () => answer.headers["x-request-id"]),
    );
  });
});

function recorded(): { gate: Logged; lines: () => Line[]; raw: () => string } {
  const sink = new MemorySink();
  const recorder = createRecorder({ sinks: [sink], clock });
  return {
    gate: { log: (line) => recorder.application(line) },
    lines: () => sink.lines.map((line) => JSON.parse(line) as Line),
    raw: () => sink.lines.join("\n"),
  };
}

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZWNyZXQtc3ViamVjdCJ9.c2VjcmV0LXNpZ25hdHVyZQ";

describe.each(LOGGERS)("what %s hands over", (name, make) => {
  /** Both know a message with an object; in another order. */
  const say = (logger: Logger, message: string, fields: object) => {
    if (name === "pino") (logger as unknown as { info(fields: object, message: string): void }).info(fields, message);
    else logger.info(message, fields);
  };

  it("has no secrets: by the name of a field, at any depth, and by what they look like", () => {
    const { gate, raw } = recorded();
    say(make(gate), `signed in with Bearer ${JWT}, password=hunter2hunter2`, {
      password: "hunter3",
      nested: { deep: { apiKey: "hunter4", list: [{ authorization: "Basic aHVudGVyNQ==" }] } },
      link: "https://user:hunter6@example.com/?token=hunter7",
      note: JWT,
      request: { body: '{"password":"hunter8","again":{"new_password":"hunter9 hunter10"}}' },
      quoted: '{"payload":"{\\"token\\":\\"hunter11 hunter12\\"}", "pwd": "a\\"hunter13"}',
      failed: new Error('{"secret":"hunter14"}'),
      cookie: "hunter15",
      authorization: "hunter16",
      "set-cookie": ["hunter17"],
      sessionId: "hunter18",
      session: { user: "hunter19" },
      pin: 20_20_20,
      headers: "Cookie: a=x; b=hunter21",
      tokenType: "opaque",
    });
    expect(raw()).not.toMatch(/hunter|eyJ|aHVudGVyNQ|202020/);
    expect(raw()).toContain("signed in with");
    expect(raw()).toContain('"tokenType":"opaque"');
  });

  it("forges no line, and is bounded in length, width and depth", () => {
    const { gate, lines, raw } = recorded();
    const circular: Record<string, unknown> = { big: "x y ".repeat(10_000) };
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`member${i}`, i]));
    const message = `one\n{"event":{"kind":"alert","dataset":"portcullis.detection"}}\u001b[2J ${"long ".repeat(10_000)}`;
    say(make(gate), message, { ...wide, circular, "bad name\n": 1 });
    expect(lines()).toHaveLength(1);
    expect(raw().split("\n")).toHaveLength(1);
    expect(raw().length).toBeLessThan(8_000);
    expect(raw()).not.toContain("\u001b");
    expect(raw()).not.toContain('"dataset":"portcullis.detection"');
    expect(Object.keys(lines()[0]?.portcullis.application.fields ?? {}).length).toBeLessThanOrEqual(32);
  });

  // As `logger.info(request.body)` is given by whoever sends it.
  it.each<[string, unknown, string]>([
    ["an object that is no text", JSON.parse('{"toString":1,"valueOf":2}'), '{"toString":1,"valueOf":2}'],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ["a list", [1, { secret: "hunter2" }], '[1,{"secret":[masked]}]'],
    ["nothing", undefined, ""],
    ["null", null, ""],
    ["a number", 7, "7"],
  ])("goes on behind %s in the place of a message", (_, message, shown) => {
    const { gate, lines } = recorded();
    const logger = make(gate);
    if (name === "pino") (logger as unknown as { info(fields: object): void }).info({ msg: message });
    else (logger as unknown as { log(line: object): void }).log({ level: "info", message });
    logger.info("later");
    expect(lines().map((line) => line.message)).toEqual([shown, "later"]);
  });
});

describe("a logger of one's own", () => {
  it("has the id of its request, from the first one on", async () => {
    const file = path.join(folderWith({}), "audit.ndjson");
    const gate = auditLog({ file });
    const logger: Logger = { info: (message) => gate.log({ level: "info", message }) };
    const answer = await ask(`${await listening(gate, logger)}?n=1`);
    await gate.close();
    const id = answer.headers["x-request-id"];
    expect(linesOf(file).map(({ http }) => http?.request.id)).toEqual([id, id]);
  });

  it("is told and goes on where it gives what is no line", () => {
    const sink = new MemorySink();
    const log = applicationLog(createRecorder({ sinks: [sink], clock }));
    const odd = Object.defineProperty({}, "odd", { enumerable: true, get: () => expect.fail("a getter") });
    for (const line of [{}, { level: "info" }]) log(line as ApplicationLine);
    log({ level: "info", message: "later", fields: odd });
    const lines = sink.lines.map((line) => JSON.parse(line) as Line);
    expect(lines.map(({ message }) => message)).toEqual(["[cannot be shown]", "[cannot be shown]", "later"]);
    expect(lines[2]?.portcullis.application.fields).toEqual({ odd: "[cannot be shown]" });
  });
});

describe("levels and errors", () => {
  it("of Winston", () => {
    const { gate, lines } = recorded();
    const format = winston.format.combine(winston.format.errors({ stack: true }), winston.format.colorize());
    const logger = winston.createLogger({ level: "silly", format, transports: [portcullisTransport(gate)] });
    logger.debug("small");
    logger.warn("hm");
    logger.error(new TypeError("it broke"));
    logger.error("payment failed", { error: new RangeError("it broke too") });
    expect(lines().map(({ log, portcullis: { application } }) => [log.level, application.level])).toEqual([
      ["info", "debug"],
      ["warn", "warn"],
      ["error", "error"],
      ["error", "error"],
    ]);
    expect(lines()[3]).toMatchObject({
      message: "payment failed",
      error: { type: "RangeError", message: "it broke too", stack_trace: expect.stringContaining("\n    at ") },
    });
    expect(lines()[2]?.error).toMatchObject({
      type: "TypeError",
      message: "it broke",
      stack_trace: expect.stringContaining("TypeError: it broke\n"),
    });
  });

  it("of Winston below its level are not handed over", () => {
    const { gate, lines } = recorded();
    winston.createLogger({ transports: [portcullisTransport(gate, { level: "error" })] }).info("small");
    expect(lines()).toEqual([]);
  });

  it("of pino, also one of several streams, with names in the place of numbers, and what is no JSON", () => {
    const { gate, lines } = recorded();
    const stream = portcullisStream(gate);
    const logger = pino({ level: "trace" }, pino.multistream([{ level: "trace", stream }]));
    logger.trace("small");
    logger.warn({ orders: 7 }, "hm");
    logger.fatal(new TypeError("it broke"));
    pino({ formatters: { level: (label) => ({ level: label }) } }, stream).error("named");
    stream.write("plain text\n");
    expect(lines().map(({ log, portcullis: { application } }) => [log.level, application.level])).toEqual([
      ["info", "trace"],
      ["warn", "warn"],
      ["error", "fatal"],
      ["error", "error"],
      ["info", "info"],
    ]);
    expect(lines()[1]?.portcullis.application.fields).toEqual({ orders: 7 });
    expect(lines()[2]?.error).toMatchObject({ type: "TypeError", message: "it broke" });
  });
});
