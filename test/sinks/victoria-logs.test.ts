// The sinks against a program of others that speaks their protocols: VictoriaLogs. Lenient (it takes any token and acknowledges
// nothing), so that it proves the form of what is sent, and no more.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { Destination } from "../../src/monitoring/index.ts";
import { otlpDestination } from "../../src/sinks/otlp/otlp-destination.ts";
import { splunkDestination } from "../../src/sinks/splunk/splunk-destination.ts";
import { syslogDestination } from "../../src/sinks/syslog/syslog-destination.ts";
import { freePort } from "../servers/free-port.ts";
import { Authority } from "./certificates.ts";
import { ids, records } from "./records.ts";

const program = process.env["VICTORIA_LOGS_BIN"];
const PORTS = { name: "x", level: "info", clock: systemClock } as const;
const never = new AbortController().signal;

describe.skipIf(program === undefined)(
  `VictoriaLogs${program === undefined ? " (skipped: VICTORIA_LOGS_BIN is not set)" : ""}`,
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), "portcullis-victoria-"));
    let authority: Authority;
    let server: ChildProcess;
    let url: string;
    let syslogPort: number;

    beforeAll(async () => {
      authority = new Authority();
      const { cert, key } = authority.issue("DNS:localhost,IP:127.0.0.1");
      writeFileSync(path.join(folder, "cert.pem"), cert);
      writeFileSync(path.join(folder, "key.pem"), key);
      const port = await freePort();
      syslogPort = await freePort();
      url = `http://127.0.0.1:${port}`;
      server = spawn(
        program as string,
        [
          `-httpListenAddr=127.0.0.1:${port}`,
          `-storageDataPath=${path.join(folder, "data")}`,
          "-retentionPeriod=100y",
          "-futureRetention=100y",
          `-syslog.listenAddr.tcp=127.0.0.1:${syslogPort}`,
          "-syslog.tls",
          `-syslog.tlsCertFile=${path.join(folder, "cert.pem")}`,
          `-syslog.tlsKeyFile=${path.join(folder, "key.pem")}`,
        ],
        { stdio: "ignore" },
      );
      const isWell = async () => expect((await fetch(`${url}/health`)).ok).toBe(true);
      await vi.waitFor(isWell, { timeout: 60_000, interval: 100 });
    });
    afterAll(async () => {
      if (server !== undefined && server.exitCode === null) {
        server.kill("SIGKILL");
        await once(server, "exit");
      }
      authority?.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    /** What it has, by LogsQL. */
    async function found(query: string): Promise<Record<string, string>[]> {
      const answer = await fetch(`${url}/select/logsql/query`, {
        method: "POST",
        body: new URLSearchParams({ query }),
      });
      return (await answer.text())
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, string>);
    }

    /** Searched until all of them are there: it shows what it took a moment later. */
    async function arrived(query: string, field: string, sent: readonly string[]): Promise<Record<string, string>[]> {
      const idsOf = async () => new Set((await found(query)).map((line) => line[field]));
      await expect.poll(idsOf, { timeout: 30_000, interval: 200 }).toEqual(new Set(sent));
      return found(query);
    }

    async function delivers(destination: Destination, prefix: string, count: number): Promise<readonly string[]> {
      const given = records(count, (event, i) =>
        Object.assign(event, { event: { ...(event["event"] as object), id: `${prefix}-${i}` } }),
      );
      const renamed = given.map((record, i) => ({ ...record, id: `${prefix}-${i}` }));
      expect(await destination.deliver(renamed, never)).toMatchObject({ outcomes: renamed.map(() => "delivered") });
      await destination.close();
      return ids(renamed);
    }

    it("gets events by HEC, without acknowledgement", async () => {
      const how = { acknowledgement: "auto", acknowledgementTimeoutMs: 5_000, timeoutMs: 5_000, gzip: true } as const;
      const what = { source: "portcullis", sourcetype: "portcullis:audit", host: "gate-1", token: "any" };
      const where = { urls: [url], channel: "6f1c9d2e-8f6a-4b8e-9d44-0f2f8f6f7a11", dangerouslyAllowHttp: false };
      const sent = await delivers(splunkDestination({ ...how, ...what, ...where }, PORTS), "hec", 50);
      const got = await arrived("sourcetype:=portcullis:audit | limit 1000", "event.event.id", sent);
      expect(got[0]).toMatchObject({
        host: "gate-1",
        "event.http.request.method": "GET",
        "event.url.path": "/orders/7",
      });
    });

    it("gets events by syslog over TLS", async () => {
      const header = {
        facility: "audit",
        hostname: "gate-1",
        appName: "portcullis",
        enterpriseNumber: 32_473,
      } as const;
      const where = { transport: "tls", host: "localhost", port: syslogPort, dangerouslyUnencrypted: false } as const;
      const bounds = { messageBytesMax: 8_192, timeoutMs: 5_000, ca: authority.ca };
      const sent = await delivers(syslogDestination({ ...header, ...where, ...bounds }, PORTS), "syslog", 50);
      const got = await arrived("app_name:=portcullis | limit 1000", "portcullis@32473.id", sent);
      expect(got[0]).toMatchObject({ hostname: "gate-1", msg_id: "api_access" });
    });

    it("gets log records by OTLP", async () => {
      const what = {
        signals: ["logs"],
        metricsEveryMs: 60_000,
        resource: { "host.name": "gate-1" },
        fields: {},
        gzip: true,
      } as const;
      const where = { url: `${url}/insert/opentelemetry`, timeoutMs: 5_000, dangerouslyAllowHttp: false };
      const sent = await delivers(
        otlpDestination({ ...what, ...where, recordsMax: 500, bytesMax: 1e6 }, PORTS),
        "otlp",
        50,
      );
      const got = await arrived('"log.record.uid":~"otlp-" | limit 1000', "log.record.uid", sent);
      expect(got[0]).toMatchObject({ severity_text: "INFO", "http.route": "/orders/{id}", "host.name": "gate-1" });
    });
  },
);
