// Logs and traces against OpenTelemetry's own collector, which says in detail what it received.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { otlpDestination } from "../../src/sinks/otlp/otlp-destination.ts";
import { freePort } from "../servers/free-port.ts";
import { ids, records } from "./records.ts";
import { sampled } from "./sampled.ts";

const program = process.env["OTEL_COLLECTOR_BIN"];
const never = new AbortController().signal;
const skipped = program === undefined ? " (skipped: OTEL_COLLECTOR_BIN is not set)" : "";

describe.skipIf(program === undefined)(`the OpenTelemetry Collector${skipped}`, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-collector-"));
  let server: ChildProcess;
  let url: string;
  let said = "";

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const pipeline = { receivers: ["otlp"], exporters: ["debug"] };
    const configuration = {
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      exporters: { debug: { verbosity: "detailed" } },
      service: { telemetry: { metrics: { level: "none" } }, pipelines: { logs: pipeline, traces: pipeline } },
    };
    const file = path.join(folder, "collector.yaml");
    writeFileSync(file, JSON.stringify(configuration));
    server = spawn(program as string, [`--config=file:${file}`], { stdio: ["ignore", "ignore", "pipe"] });
    server.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const listens = async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.destroy();
    };
    await vi.waitFor(listens, { timeout: 30_000, interval: 100 });
  });
  afterAll(async () => {
    if (server !== undefined && server.exitCode === null) {
      server.kill("SIGKILL");
      await once(server, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it("takes log records and spans, and refuses none", async () => {
    const resource = { "host.name": "gate-1" };
    const what = { signals: ["logs", "traces"], metricsEveryMs: 60_000, resource, fields: {}, gzip: true } as const;
    const bounds = { timeoutMs: 20_000, recordsMax: 500, bytesMax: 1_048_576, dangerouslyAllowHttp: false };
    const ports = { name: "otlp", level: "info", clock: systemClock } as const;
    const destination = otlpDestination({ url, ...what, ...bounds }, ports);
    const given = [...records(50), sampled()];
    expect(await destination.deliver(given, never)).toEqual({
      kind: "answered",
      outcomes: given.map(() => "delivered"),
    });
    await destination.close();
    const uids = () => [...said.matchAll(/log\.record\.uid: Str\(([^)]*)\)/g)].map(([, id]) => id);
    await expect.poll(uids).toEqual(ids(given));
    await expect
      .poll(() => [...said.matchAll(/^ {4}Name +: (.*)$/gm)].map(([, name]) => name))
      .toEqual(["POST /orders/{id}", "rate-limiting.address-ceiling", "authentication.oauth", "upstream"]);
    expect(said).toContain("Trace ID       : 4bf92f3577b34da6a3ce929d0e0e4736");
    expect(said).toContain("Parent ID      : 53995c3f42cd8ad8");
    expect(said).toContain("http.route: Str(/orders/{id})");
    expect(said).toMatch(/SeverityNumber: Info\(9\)/);
  });
});
