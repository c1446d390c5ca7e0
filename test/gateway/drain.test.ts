// A shutdown under load loses no request that was accepted; the admin listener says what is going on.
import { once } from "node:events";
import { Agent, request as httpRequest, type ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect } from "node:http2";
import { connect as connectTcp } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { LIMITS } from "../../src/transport/limits.ts";
import { testCertificate } from "./certificates.ts";
import { ask, keep, startOver, startUpstream } from "./harness.ts";

/** Asks over kept connections until the gateway takes no more; the result counts answers and losses. */
async function client(url: string): Promise<{ answered: number; lost: string[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let answered = 0;
  for (;;) {
    const outcome = await new Promise<string>((resolve) => {
      const request = httpRequest(url, { agent }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode === 200 ? "answered" : String(response.statusCode)));
        response.on("error", (error) => resolve(`cut: ${error.message}`));
      });
      request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      request.end();
    });
    if (outcome === "answered") answered += 1;
    else {
      agent.destroy();
      return { answered, lost: outcome === "ECONNREFUSED" ? [] : [outcome] };
    }
  }
}

describe("shutdown", () => {
  it("answers everything that was accepted, then takes no more", async () => {
    const upstream = keep(
      await startUpstream((request, response) => {
        request.resume();
        setTimeout(() => response.end("done"), 15);
      }),
    );
    const { gateway, recorder } = keep(await startOver(upstream.origin));
    const clients = Array.from({ length: 30 }, () => client(gateway.url));
    await recorder.nth(300);
    const cut = await gateway.close();
    const results = await Promise.all(clients);
    expect(cut).toBe(0);
    expect(results.flatMap((result) => result.lost)).toEqual([]);
    const answered = results.reduce((sum, result) => sum + result.answered, 0);
    expect(recorder.exchanges).toHaveLength(answered);
    expect(recorder.exchanges.every((exchange) => exchange.ended === "complete")).toBe(true);
  });

  it("answers a request that came over a kept connection while the machine stalled for longer than such are waited for", async () => {
    const upstream = keep(await startUpstream((_request, response) => void response.end("done")));
    const { gateway } = keep(await startOver(upstream.origin));
    const socket = connectTcp(Number(new URL(gateway.url).port), "127.0.0.1").setEncoding("utf8");
    onTestFinished(() => void socket.destroy());
    let said = "";
    socket.on("data", (text: string) => (said += text));
    const request = "GET /any HTTP/1.1\r\nHost: a\r\n\r\n";
    socket.write(request);
    await expect.poll(() => said).toContain("done");
    said = "";
    const closing = gateway.close();
    // What ends the listener has begun; then the timers are next, and only behind them what comes.
    await nextTurn();
    socket.write(request);
    // It waits in the kernel, and so does the timer.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LIMITS.drainIdleGraceMs + 100);
    await once(socket, "close");
    expect(said).toMatch(/^HTTP\/1\.1 200 [^]*connection: close[^]*done/i);
    expect(await closing).toBe(0);
  });

  it("tells a client of HTTP/2 to go while its stream ends in peace", async () => {
    let held: ServerResponse | undefined;
    const upstream = keep(await startUpstream((_request, response) => void (held = response)));
    const tls = await testCertificate();
    const { gateway } = keep(await startOver(upstream.origin, {}, { tls }));
    const client = connect(gateway.url, { ca: tls.ca });
    onTestFinished(() => client.destroy());
    const stream = client.request({ ":path": "/" });
    await expect.poll(() => held).toBeDefined();
    const told = once(client, "goaway");
    const closing = gateway.close();
    // While the stream is under way: a client that is told only at its end goes on to begin others that are lost.
    expect((await told)[0]).toBe(0);
    held?.end("done");
    const [head] = (await once(stream, "response")) as [Record<string, unknown>];
    expect(head[":status"]).toBe(200);
    stream.resume();
    await once(stream, "close");
    expect(await closing).toBe(0);
  });

  it("cuts what does not end in time, and records it", async () => {
    const upstream = keep(await startUpstream((_request, response) => void response.write("x")));
    const { gateway, recorder } = keep(await startOver(upstream.origin, {}, { drainTimeoutMs: 200 }));
    const lost = ask(gateway.url).catch((error: Error) => error.message);
    await expect.poll(() => upstream.connections()).toBe(1);
    expect(await gateway.close()).toBe(1);
    expect(await lost).toMatch(/aborted|hang up|reset/i);
    expect(recorder.exchanges).toMatchObject([{ ended: "cut" }]);
  });
});

describe("the admin listener", () => {
  it("says whether the process lives and should get traffic", async () => {
    const upstream = keep(await startUpstream((_request, response) => response.end()));
    let ready = false;
    const { gateway } = keep(
      await startOver(
        upstream.origin,
        {},
        {
          admin: { host: "127.0.0.1", port: 0 },
          readiness: () => ({ ready, degraded: true, parts: { "keys oauth": ready ? "stale" : "loading" } }),
        },
      ),
    );
    expect((await ask(`${gateway.adminUrl}/livez`)).status).toBe(200);
    expect((await ask(`${gateway.adminUrl}/readyz`)).status).toBe(503);
    ready = true;
    const answer = await ask(`${gateway.adminUrl}/readyz`);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ status: "degraded", policy: "test", parts: { "keys oauth": "stale" } });
    expect((await ask(`${gateway.adminUrl}/orders`)).status).toBe(404);
  });
});
