// The listener for operators: alive, ready once keys were loaded, degraded later, and nothing for web pages.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Sink, SinkListener } from "../../src/monitoring/index.ts";
import { LIMITS } from "../../src/transport/limits.ts";
import { talk } from "../attacks/wire.ts";
import { ask, keep, startOver, startUpstream } from "./harness.ts";
import { configurationOf, documentOf, startReloadable } from "./reloading.ts";

async function start(state: { ready: boolean; degraded: boolean }) {
  const upstream = keep(await startUpstream((_request, response) => response.end("reached")));
  const more = {
    admin: { host: "127.0.0.1", port: 0 },
    readiness: () => ({ ...state, parts: { "keys 1": state.ready ? "fresh" : "loading" } }),
    drainTimeoutMs: 200,
  };
  const { gateway } = keep(await startOver(upstream.origin, {}, more));
  return { url: gateway.adminUrl as string, gateway, upstream };
}

const body = (text: string) => JSON.parse(text) as unknown;

describe("/readyz", () => {
  it("waits for the keys; an outage later is in the body, not in the status", async () => {
    const state = { ready: false, degraded: false };
    const { url } = await start(state);
    const read = async () => {
      const answer = await ask(`${url}/readyz`);
      return [answer.status, body(answer.body)];
    };
    expect(await read()).toEqual([503, { status: "not ready", policy: "test", parts: { "keys 1": "loading" } }]);
    expect((await ask(`${url}/livez`)).status).toBe(200);
    state.ready = true;
    expect(await read()).toEqual([200, { status: "ready", policy: "test", parts: { "keys 1": "fresh" } }]);
    state.degraded = true;
    expect(await read()).toEqual([200, { status: "degraded", policy: "test", parts: { "keys 1": "fresh" } }]);
  });

  it("is degraded while events cannot be written, with the sink's name", async () => {
    let listener: SinkListener | undefined;
    const createSink = (): Sink => ({
      name: "file",
      connect: (told) => void (listener = told),
      write: () => true,
      flush: async () => {},
      close: async () => {},
    });
    const { gateway } = await startReloadable(
      { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf("http://127.0.0.1:9") },
      { ports: { createSink } },
    );
    const read = async () => JSON.parse((await ask(`${gateway.adminUrl}/readyz`)).body) as object;
    expect(await read()).toMatchObject({ status: "ready", parts: {} });
    listener?.failing("ENOSPC");
    expect(await read()).toMatchObject({ status: "degraded", parts: { "audit 0:file": "failing" } });
    listener?.working();
    expect(await read()).toMatchObject({ status: "ready", parts: {} });
  });

  it("says no while the gateway drains", async () => {
    const held = Promise.withResolvers<ServerResponse>();
    const upstream = keep(await startUpstream((_request, response) => held.resolve(response)));
    const { gateway } = keep(
      await startOver(upstream.origin, {}, { admin: { host: "127.0.0.1", port: 0 }, drainTimeoutMs: 30_000 }),
    );
    const hanging = ask(gateway.url);
    const response = await held.promise;
    const closing = gateway.close();
    expect((await ask(`${gateway.adminUrl}/readyz`)).status).toBe(503);
    expect((await ask(`${gateway.adminUrl}/livez`)).status).toBe(200);
    response.end();
    expect((await hanging).status).toBe(200);
    expect(await closing).toBe(0);
  });
});

describe("the admin listener", () => {
  it("has nothing else, and takes nothing but GET and HEAD", async () => {
    const { url, upstream } = await start({ ready: true, degraded: false });
    expect((await ask(`${url}/readyz`, { method: "HEAD" })).body).toBe("");
    expect((await ask(`${url}/readyz`, { method: "POST", body: "x" })).status).toBe(405);
    for (const target of ["/", "/orders", "/readyz/", "/readyz?x=1", "/../readyz", "//readyz"]) {
      expect((await ask(url + target)).status).toBe(404);
    }
    expect(upstream.connections()).toBe(0);
    const answer = await ask(`${url}/readyz`);
    expect(answer.headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("answers no page whose name was pointed at loopback (DNS rebinding)", async () => {
    const { url } = await start({ ready: true, degraded: false });
    const port = Number(new URL(url).port);
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "",
    ]) {
      const { statuses, bytes } = await talk(
        port,
        `GET /readyz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect({ host, statuses }).toEqual({ host, statuses: [421] });
      expect(bytes.toString()).not.toContain("policy");
    }
    for (const host of ["localhost", `LOCALHOST:${port}`, "127.0.0.1", `10.1.2.3:${port}`, "[::1]:9901"]) {
      expect((await ask(`${url}/readyz`, { headers: { Host: host } })).status).toBe(200);
    }
  });
});

describe("connections that ask for nothing", () => {
  it("do not shut out who asks whether the gateway lives: the oldest of them go", async () => {
    const { url } = await start({ ready: true, degraded: false });
    const { port } = new URL(url);
    const silent: Socket[] = [];
    onTestFinished(() => silent.forEach((socket) => void socket.destroy()));
    for (let i = 0; i < LIMITS.adminConnectionsMax + 20; i += 1) {
      const socket = connect(Number(port), "127.0.0.1").on("error", () => undefined);
      silent.push(socket);
      // oxlint-disable-next-line no-await-in-loop -- so that their order is known
      await once(socket, "connect");
      socket.resume().write("GET /livez HTTP/1.1\r\nHost: loc");
    }
    expect((await ask(`${url}/livez`)).status).toBe(200);
    expect((await ask(`${url}/readyz`)).status).toBe(200);
    await expect.poll(() => silent.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(20);
    expect(silent.at(-1)?.closed).toBe(false);
  });
});
