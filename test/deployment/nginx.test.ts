// Guards the documented nginx in front of the gateway: who the client is, no redirect loop, HSTS once, targets as sent, streams that flow.
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import https from "node:https";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { startOrdersApi } from "../../examples/orders/api.ts";
import { type LocalIssuer, startLocalIssuer } from "../authentication/local-issuer.ts";
import { compose, systemPorts } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import type { Configuration } from "../../src/configuration/settings.ts";
import { type ServedGateway, serve } from "../../src/gateway/serve.ts";
import type { AuditEvent } from "../../src/monitoring/audit-event.ts";
import { blocks } from "../repository/markdown.ts";
import { ROOT } from "../repository/tree.ts";
import { hasNginx, type RunningNginx, startNginx } from "./nginx.ts";

const AUDIENCE = "https://api.example.com";

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly lines: readonly string[];
  readonly body: string;
}

describe.skipIf(!hasNginx())("nginx in front, as documented (needs nginx)", () => {
  let api: { url: string; close(): Promise<void> };
  let issuer: LocalIssuer;
  let gateway: ServedGateway;
  let nginx: RunningNginx;
  let folder: string;
  let token: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "portcullis-front-"));
    [api, issuer] = await Promise.all([startOrdersApi(), startLocalIssuer(AUDIENCE)]);
    token = await issuer.sign({ subject: "ann", scopes: ["orders:read", "orders:write"] });
    const documented = blocks("docs/deployment.md", "yaml configuration")
      .map(({ text }) => parse(text) as Configuration)
      .find(({ transport }) => transport?.tls === "terminated-by-proxy") as Configuration;
    const object: Configuration = {
      ...documented,
      openapi: path.join(ROOT, "examples/orders/openapi.yaml"),
      upstream: api.url,
      transport: { ...documented.transport, listen: "127.0.0.1:0", adminListen: "off" },
      authentication: { oauth: { issuer: issuer.issuer, audience: AUDIENCE } },
      monitoring: { sinks: [{ file: path.join(folder, "audit.ndjson"), flushAfter: "1ms" }] },
    };
    gateway = await serve(await compose(await loadSettings({ object, cwd: ROOT, env: {} }), systemPorts(ROOT)));
    nginx = await startNginx(Number(new URL(gateway.url).port));
  });

  afterAll(async () => {
    await nginx?.stop();
    await gateway?.close();
    await Promise.all([api?.close(), issuer?.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  function open(target: string, options: Asked = {}, body?: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = https.request(
        {
          host: "127.0.0.1",
          port: nginx.httpsPort,
          path: target,
          servername: "localhost",
          ca: readFileSync(nginx.authorityFile),
          agent: false,
          method: options.method ?? "GET",
          headers: { Host: "api.example.com", ...options.headers },
        },
        resolve,
      );
      request.once("error", reject);
      request.end(body);
    });
  }

  async function ask(target: string, options?: Asked, body?: string): Promise<Answer> {
    const answer = await open(target, options, body);
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return {
      status: answer.statusCode ?? 0,
      lines: answer.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)),
      body: Buffer.concat(chunks).toString("utf8"),
    };
  }

  const valuesOf = ({ lines }: Answer, name: string) => lines.filter((_, i) => i % 2 === 1 && lines[i - 1] === name);

  it("answers over https, with HSTS once and no redirect", async () => {
    const answer = await ask("/orders", { headers: { Authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect(valuesOf(answer, "strict-transport-security")).toEqual(["max-age=63072000; includeSubDomains; preload"]);
    expect(valuesOf(answer, "server")).toEqual(["nginx"]);
  });

  it("redirects plain http to the public name", async () => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const at = { host: "127.0.0.1", port: nginx.httpPort, path: "/orders?status=paid", agent: false as const };
      httpRequest({ ...at, headers: { Host: "api.example.com" } }, resolve)
        .once("error", reject)
        .end();
    });
    answer.resume();
    expect(answer.statusCode).toBe(308);
    expect(answer.headers.location).toBe("https://api.example.com/orders?status=paid");
  });

  it("tells the gate the real client, whatever the client says of itself", async () => {
    const forged = { "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", Forwarded: "for=203.0.113.9" };
    const answer = await ask("/products", { headers: forged });
    expect(answer.status).toBe(200);
    const event = await eventOf(valuesOf(answer, "x-request-id")[0] as string);
    expect(event.client.ip).toBe("127.0.0.1");
    expect(event.portcullis.client_address_from).toBe("x-forwarded-for");
    expect(event.url.scheme).toBe("https");
  });

  it("leaves the target to the gate", async () => {
    const dots = await ask("/orders/../products");
    expect(dots.status).toBe(400);
    expect(dots.body).toContain("transport.target-invalid");
    const slashes = await ask("//products");
    expect(slashes.body).toContain("transport.target-invalid");
    const encoded = await ask("/orders/%2e%2e/products");
    expect(encoded.body).toContain("transport.target-invalid");
  });

  it("lets bodies of the documented size reach the gate, which refuses them itself", async () => {
    const headers = {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      "Content-Length": String(1_500_000),
    };
    const answer = await ask("/orders", { method: "POST", headers }, "x".repeat(1_500_000));
    expect(answer.status).toBe(413);
    expect(answer.body).toContain("validation.body-too-large");
  });

  it("lets event streams flow", async () => {
    const headers = { Authorization: `Bearer ${token}` };
    const stream = await open("/events", { headers });
    expect(stream.statusCode).toBe(200);
    let seen = "";
    const told = new Promise<void>((resolve) => {
      stream.on("data", (chunk: Buffer) => {
        seen += chunk.toString("utf8");
        if (seen.includes("TEA-001")) resolve();
      });
    });
    const order = JSON.stringify({ sku: "TEA-001", quantity: 1 });
    const json = { "Content-Type": "application/json" };
    const placed = await ask("/orders", { method: "POST", headers: { ...headers, ...json } }, order);
    expect(placed.status).toBe(201);
    // The stream is still open: were it buffered, its event would not come.
    await told;
    stream.destroy();
  });

  /** The event is written after the answer. */
  function eventOf(requestId: string): Promise<AuditEvent> {
    return vi.waitFor(
      async () => {
        const lines = (await readFile(path.join(folder, "audit.ndjson"), "utf8")).split("\n");
        return JSON.parse(lines.find((line) => line.includes(requestId)) ?? "") as AuditEvent;
      },
      { timeout: 30_000 },
    );
  }
});
