// An upstream that fails is answered for: refused, silent, broken off, not HTTP, or closed while a request was on its way.
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RequestGuard } from "../../src/core/guard.ts";
import { CONTINUE } from "../../src/core/outcome.ts";
import { listenRaw } from "../attacks/wire.ts";
import { ask, hello, keep, startOver, startUpstream } from "./harness.ts";

const readsBody: RequestGuard = {
  practice: "validation",
  name: "validation.body",
  mode: "enforce",
  check: () => CONTINUE,
};

describe("an upstream that fails", () => {
  it("is a 502 where it cannot be reached", async () => {
    const gone = await hello();
    await gone.close();
    const { gateway, recorder } = keep(await startOver(gone.origin));
    const answer = await ask(gateway.url);
    expect(answer.status).toBe(502);
    expect(answer.body).not.toContain(gone.origin.slice(7));
    expect(await recorder.nth(1)).toMatchObject({ denial: { reason: "transport.upstream-refused" } });
  });

  it("is a 504 where it does not answer", async () => {
    const silent = keep(await startUpstream(() => undefined));
    const upstream = {
      origin: silent.origin,
      connectTimeoutMs: 500,
      answerTimeoutMs: 300,
      idleTimeoutMs: 500,
      connectionsMax: 4,
    };
    const { gateway } = keep(await startOver(silent.origin, {}, { upstream }));
    expect((await ask(gateway.url)).status).toBe(504);
  });

  it("is a 504 where it says without end that it is at work", async () => {
    const working = keep(
      await startUpstream((_request, response) => {
        const timer = setInterval(() => response.writeProcessing(), 50);
        response.once("close", () => clearInterval(timer));
      }),
    );
    const upstream = {
      origin: working.origin,
      connectTimeoutMs: 500,
      answerTimeoutMs: 300,
      idleTimeoutMs: 500,
      connectionsMax: 4,
    };
    const { gateway, recorder } = keep(await startOver(working.origin, {}, { upstream }));
    expect((await ask(gateway.url)).status).toBe(504);
    expect(await recorder.nth(1)).toMatchObject({ denial: { reason: "transport.upstream-timeout" } });
  });

  it("is a 502 where it does not speak HTTP", async () => {
    const { createServer } = await import("node:net");
    const server = createServer((socket) => void socket.end("nonsense\r\n\r\n"));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { gateway } = keep(await startOver(`http://127.0.0.1:${port}`));
    const answer = await ask(gateway.url);
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body).reason).toBe("transport.upstream-invalid");
    server.close();
  });

  it("cuts the client's connection where its answer breaks off", async () => {
    const upstream = keep(
      await startUpstream((_request, response) => {
        response.setHeader("Content-Length", "100");
        response.write("half");
        setTimeout(() => response.destroy(), 20);
      }),
    );
    const { gateway, recorder } = keep(await startOver(upstream.origin));
    await expect(ask(gateway.url)).rejects.toThrow(/aborted|hang up|reset/i);
    expect(await recorder.nth(1)).toMatchObject({ ended: "upstream-failed" });
  });

  it("is asked once more where it closed a kept connection, and only for what may be sent twice", async () => {
    let count = 0;
    const upstream = keep(
      await startUpstream((request, response) => {
        count += 1;
        request.resume();
        if (count % 2 === 0) request.socket.destroy();
        else response.end("hello");
      }),
    );
    // A body that a guard reads is held whole: it could be sent again, and only the method says whether it may be.
    const { gateway } = keep(await startOver(upstream.origin, { body: [readsBody] }));
    expect((await ask(gateway.url)).status).toBe(200);
    expect((await ask(gateway.url)).status).toBe(200);
    expect(count).toBe(3);
    expect((await ask(gateway.url, { method: "POST", body: "x" })).status).toBe(502);
    expect(count).toBe(4);
    expect((await ask(gateway.url)).status).toBe(200);
    expect((await ask(gateway.url, { method: "PUT", body: "x" })).status).toBe(200);
    expect(count).toBe(7);
  });

  it.each([
    ["closes", (socket: Socket) => void socket.end()],
    ["resets", (socket: Socket) => void socket.resetAndDestroy()],
  ])("is not asked again where it %s a connection that was never answered over", async (_name, end) => {
    let count = 0;
    const upstream = keep(
      await startUpstream((request) => {
        count += 1;
        end(request.socket);
      }),
    );
    const { gateway } = keep(await startOver(upstream.origin));
    expect((await ask(gateway.url)).status).toBe(502);
    expect(count).toBe(1);
  });

  it.each([
    ["an upgrade that nobody asked for", "101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket"],
    ["a 101 that names nothing", "101 Switching Protocols"],
    ["a status below 100", "099 Odd"],
  ])("is a 502 and not asked again where it answers %s, also over a kept connection", async (_name, head) => {
    let count = 0;
    const upstream = await listenRaw((socket) =>
      socket.on("data", () => {
        count += 1;
        const whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        socket.write(count === 1 ? whole : `HTTP/1.1 ${head}\r\n\r\n${whole}`);
      }),
    );
    onTestFinished(() => upstream.close());
    const { gateway, recorder } = keep(await startOver(`http://127.0.0.1:${upstream.port}`));
    expect((await ask(gateway.url)).status).toBe(200);
    expect((await ask(gateway.url)).status).toBe(502);
    expect(await recorder.nth(2)).toMatchObject({ denial: { reason: "transport.upstream-invalid" } });
    expect(count).toBe(2);
  });
});
