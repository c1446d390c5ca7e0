// Guards `whenFull: block`: a request that could not be recorded is refused before the gate, in the gateway and inside Express, and none reaches the API.
import { connect, type AddressInfo } from "node:net";
import { createServer } from "node:http";
import express from "express";
import { describe, expect, it, onTestFinished } from "vitest";
import { expressHandler } from "../../src/adapters/express-handler.ts";
import type { ComposePorts } from "../../src/configuration/compose.ts";
import { composed } from "../configuration/composing.ts";
import { delivering } from "../monitoring/delivery/delivering.ts";
import { ScriptedDestination } from "../monitoring/delivery/scripted-destination.ts";
import { TestDisk } from "../monitoring/spool/disk.ts";
import { ask, hello, keep } from "./harness.ts";
import { configurationOf, documentOf, startReloadable } from "./reloading.ts";

const SPOOL = "monitoring: { sinks: [console, { file: audit.ndjson }], spool: {} }\n";

function spooling(whenFull: "block" | "drop-oldest" = "block") {
  const disk = new TestDisk();
  const to = new ScriptedDestination();
  const ports: Partial<ComposePorts> = {
    openDelivery: async () => {
      const { delivery } = await delivering(disk, { destinations: [to], whenFull });
      // The recorder connects it again: what was said before has nobody to hear it.
      return delivery;
    },
  };
  const events = () =>
    to.taken.map(({ json }) => JSON.parse(Buffer.from(json).toString()) as { url?: { path: string } });
  return { disk, to, ports, events };
}

describe("a gateway whose spool takes nothing", () => {
  it("answers 503 with Retry-After before anything happens, says so, and goes on when it can", async () => {
    const upstream = keep(await hello());
    const { disk, to, ports, events } = spooling();
    const { gateway, lines } = await startReloadable(
      { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin, SPOOL) },
      { ports },
    );
    const item = () => ask(`${gateway.url}/item?v=a`);
    expect((await item()).status).toBe(200);
    disk.fault = "ENOSPC";
    // What is under way when it begins to fail is let through, and recorded later.
    while ((await item()).status === 200);
    const reached = upstream.seen.length;
    const refused = await item();
    expect(refused.status).toBe(503);
    expect(refused.headers["retry-after"]).toBe("5");
    expect(JSON.parse(refused.body)).toMatchObject({
      type: expect.stringContaining("monitoring.spool-full") as string,
    });
    expect((await ask(`${gateway.url}/item`, { method: "POST", body: "x".repeat(100_000) })).status).toBe(503);
    expect(upstream.seen).toHaveLength(reached);
    expect(JSON.parse((await ask(`${gateway.adminUrl}/readyz`)).body)).toMatchObject({
      status: "degraded",
      parts: { "audit spool": "failing" },
    });
    disk.fault = undefined;
    while ((await item()).status === 503) await new Promise((done) => setTimeout(done, 2));
    await to.until(() => events().filter(({ url }) => url !== undefined).length === upstream.seen.length);
    // The console has the refusals too: the spool could not.
    expect(lines().filter((line) => line.includes('"reason":"monitoring.spool-full"')).length).toBeGreaterThan(1);
  });

  it("lets requests through with drop-oldest", async () => {
    const upstream = keep(await hello());
    const { disk, ports } = spooling("drop-oldest");
    disk.fault = "ENOSPC";
    const { gateway } = await startReloadable(
      { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin, SPOOL) },
      {
        ports: {
          ...ports,
          openDelivery: async (...them) => {
            disk.fault = undefined;
            const delivery = await ports.openDelivery?.(...them);
            disk.fault = "ENOSPC";
            return delivery;
          },
        },
      },
    );
    for (let i = 0; i < 5; i += 1) expect((await ask(`${gateway.url}/item?v=a`)).status).toBe(200);
  });

  it("recovers a pipelined connection: each request has its own answer", async () => {
    const upstream = keep(await hello());
    const { disk, ports } = spooling();
    const { gateway } = await startReloadable(
      { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin, SPOOL) },
      { ports },
    );
    disk.fault = "EROFS";
    while ((await ask(`${gateway.url}/item?v=a`)).status === 200);
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    const one = "GET /item?v=a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.write(one + one);
    let text = "";
    for await (const chunk of socket) {
      text += String(chunk);
      if (text.split("HTTP/1.1 503").length === 3) break;
    }
    expect(text.split("HTTP/1.1 503")).toHaveLength(3);
  });
});

it("everything that the gateway says of itself is spooled: start, reload, stop", async () => {
  const upstream = keep(await hello());
  const { to, ports, events } = spooling();
  const configuration = configurationOf(upstream.origin, SPOOL);
  const { gateway, reload, write } = await startReloadable(
    { "api.yaml": documentOf("a"), "portcullis.yaml": configuration },
    { ports },
  );
  write("api.yaml", documentOf("b"));
  await reload();
  write("api.yaml", "broken");
  await reload();
  await gateway.close();
  const codes = events().map((event) => (event as { event?: { code?: string } }).event?.code);
  expect(codes).toEqual(["gateway.started", "gateway.reloaded", "gateway.reload-refused", "gateway.stopped"]);
  expect(to.isClosed).toBe(true);
});

describe("inside Express", () => {
  it("the application is not reached either", async () => {
    const { disk, ports } = spooling();
    const text = `authentication: { oauth: { issuer: https://i.example/, audience: a } }\n${SPOOL}`;
    const composition = await composed(text, { ports });
    onTestFinished(() => composition.close());
    let reached = 0;
    const app = express().use(expressHandler(composition, {}));
    app.use((_request, response) => {
      reached += 1;
      response.end();
    });
    const server = createServer(app).listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
    expect((await ask(url)).status).toBe(200);
    disk.fault = "ENOSPC";
    while ((await ask(url)).status === 200);
    const before = reached;
    const refused = await ask(url);
    expect([refused.status, refused.headers["retry-after"], reached]).toEqual([503, "5", before]);
  });
});
