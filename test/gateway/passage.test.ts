// A request's way through the gateway: bodies, answers, failures, and one record each.
import { once } from "node:events";
import { connect } from "node:net";
import { request as httpRequest } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { RequestGuard, ResponseGuard } from "../../src/core/guard.ts";
import { CONTINUE, deny } from "../../src/core/outcome.ts";
import { ask, type Started, startOver, startUpstream, type Upstream } from "./harness.ts";

const opened: (Started | Upstream)[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});
const keep = <T extends Started | Upstream>(one: T): T => {
  opened.push(one);
  return one;
};

const hello = () =>
  startUpstream((request, response) => {
    response.setHeader("Server", "secret/1.0");
    request.on("end", () => response.end("hello"));
  });

const bodyGuard: RequestGuard = {
  practice: "validation",
  name: "validation.body",
  mode: "enforce",
  check: (exchange) =>
    exchange.body.kind === "read" && Buffer.from(exchange.body.bytes).includes("bad")
      ? deny("validation.request-invalid")
      : CONTINUE,
};
const denyAll: RequestGuard = {
  practice: "authentication",
  name: "authentication.credentials",
  mode: "enforce",
  check: () => deny("authentication.credentials-missing", { lines: ["WWW-Authenticate", "Bearer"] }),
};

describe("a request that may pass", () => {
  it("reaches the upstream byte for byte and comes back without fingerprints", async () => {
    const upstream = keep(await hello());
    const { gateway, recorder } = keep(await startOver(upstream.origin));
    const answer = await ask(`${gateway.url}/a%20b?x=%41&x=2`, { headers: { "X-Own": "v", Te: "trailers" } });
    expect(answer).toMatchObject({ status: 200, body: "hello" });
    expect(answer.headers["server"]).toBeUndefined();
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(upstream.seen[0]).toMatchObject({ url: "/a%20b?x=%41&x=2" });
    expect(upstream.seen[0]?.headers).toMatchObject({ "x-own": "v", "x-forwarded-for": "127.0.0.1" });
    expect(upstream.seen[0]?.headers["te"]).toBeUndefined();
    const exchange = await recorder.nth(1);
    expect(exchange).toMatchObject({ ended: "complete", answerStatus: 200, answerBytes: 5 });
    expect(answer.headers["x-request-id"]).toBe(exchange.id);
  });

  it("keeps a body's bytes, read or streamed", async () => {
    const upstream = keep(await hello());
    const body = Buffer.alloc(300_000, "x");
    for (const gate of [{}, { body: [bodyGuard] }]) {
      const { gateway } = keep(await startOver(upstream.origin, gate));
      expect((await ask(gateway.url, { method: "POST", body })).status).toBe(200);
      expect(upstream.seen.at(-1)?.body.equals(body)).toBe(true);
    }
  });

  it("has no body for HEAD and keeps its length", async () => {
    const upstream = keep(await startUpstream((_request, response) => response.setHeader("Content-Length", "7").end()));
    const { gateway } = keep(await startOver(upstream.origin));
    const answer = await ask(gateway.url, { method: "HEAD" });
    expect(answer).toMatchObject({ status: 200, body: "" });
    expect(answer.headers["content-length"]).toBe("7");
  });
});

describe("a request that is denied", () => {
  it("gets a problem, and nothing reaches the upstream", async () => {
    const upstream = keep(await hello());
    const { gateway, recorder } = keep(await startOver(upstream.origin, { head: [denyAll] }));
    const answer = await ask(gateway.url, { method: "POST", body: "x" });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
    expect(JSON.parse(answer.body)).toMatchObject({ status: 401, reason: "authentication.credentials-missing" });
    expect(upstream.connections()).toBe(0);
    expect(await recorder.nth(1)).toMatchObject({ deniedBy: "authentication.credentials", answerStatus: 401 });
  });

  it("is denied by its body before the upstream hears of it", async () => {
    const upstream = keep(await hello());
    const { gateway } = keep(await startOver(upstream.origin, { body: [bodyGuard] }));
    expect((await ask(gateway.url, { method: "POST", body: "bad" })).status).toBe(400);
    expect((await ask(gateway.url, { method: "POST", body: "good" })).status).toBe(200);
    expect(upstream.seen).toHaveLength(1);
  });

  it("uploads nothing where it waits for 100 Continue", async () => {
    const upstream = keep(await hello());
    const { gateway } = keep(await startOver(upstream.origin, { head: [denyAll] }));
    const request = httpRequest(gateway.url, {
      method: "POST",
      headers: { Expect: "100-continue", "Content-Length": "9" },
    });
    let continued = false;
    request.on("continue", () => {
      continued = true;
    });
    request.flushHeaders();
    const [response] = (await once(request, "response")) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(401);
    expect(continued).toBe(false);
    request.destroy();
  });

  it("is told to go on where it may", async () => {
    const upstream = keep(await hello());
    const { gateway } = keep(await startOver(upstream.origin, { body: [bodyGuard] }));
    const request = httpRequest(gateway.url, {
      method: "POST",
      headers: { Expect: "100-continue", "Content-Length": "4" },
    });
    request.on("continue", () => request.end("good"));
    request.flushHeaders();
    const [response] = (await once(request, "response")) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(upstream.seen[0]?.body.toString()).toBe("good");
  });

  it("sees the answer although it was still sending, and a too large body stops at the limit", async () => {
    const upstream = keep(await hello());
    const { gateway, recorder } = keep(await startOver(upstream.origin, { body: [bodyGuard], bodyBytesMax: 1000 }));
    const chunked = { "Transfer-Encoding": "chunked" };
    const answer = await ask(gateway.url, { method: "POST", headers: chunked, body: Buffer.alloc(3_000_000) });
    expect(answer.status).toBe(413);
    expect(answer.headers["connection"]).toBe("close");
    expect(upstream.connections()).toBe(0);
    expect(await recorder.nth(1)).toMatchObject({ answerStatus: 413, deniedBy: "validation.body-length" });
  });

  it("breaks off a streamed body at the limit, so that no complete request reaches the upstream", async () => {
    const upstream = keep(await hello());
    const stalled = keep(await startUpstream((request) => void request.resume()));
    const { gateway } = keep(await startOver(stalled.origin, { bodyBytesMax: 1000 }));
    const chunked = { "Transfer-Encoding": "chunked" };
    expect((await ask(gateway.url, { method: "POST", headers: chunked, body: Buffer.alloc(500_000) })).status).toBe(
      413,
    );
    expect(stalled.seen).toHaveLength(0);
    expect(upstream.seen).toHaveLength(0);
  });
});

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
    const { gateway } = keep(await startOver(upstream.origin));
    expect((await ask(gateway.url)).status).toBe(200);
    expect((await ask(gateway.url)).status).toBe(200);
    expect(count).toBe(3);
    expect((await ask(gateway.url, { method: "POST", body: "x" })).status).toBe(502);
    expect(count).toBe(4);
  });
});

describe("an answer", () => {
  it("streams: events arrive while the upstream goes on", async () => {
    let tell: (text: string) => void = () => undefined;
    const upstream = keep(
      await startUpstream((_request, response) => {
        response.setHeader("Content-Type", "text/event-stream");
        response.flushHeaders();
        tell = (text) => void response.write(text);
      }),
    );
    const { gateway } = keep(await startOver(upstream.origin));
    const request = httpRequest(gateway.url, { agent: false }).end();
    const [response] = await once(request, "response");
    tell("data: 1\n\n");
    expect(String((await once(response, "data"))[0])).toBe("data: 1\n\n");
    tell("data: 2\n\n");
    expect(String((await once(response, "data"))[0])).toBe("data: 2\n\n");
    request.destroy();
  });

  it("ends at the upstream when the client leaves", async () => {
    const upstream = keep(await startUpstream((_request, response) => void response.write("x")));
    const { gateway, recorder } = keep(await startOver(upstream.origin));
    const request = httpRequest(gateway.url, { agent: false }).end();
    await once(request, "response");
    request.on("error", () => undefined);
    request.destroy();
    expect(await recorder.nth(1)).toMatchObject({ ended: "client-left" });
  });

  it("waits for a slow reader instead of filling memory", async () => {
    let written = 0;
    const upstream = keep(
      await startUpstream((_request, response) => {
        const chunk = Buffer.alloc(64 * 1024);
        const pump = () => {
          while (written < 4_000 && response.write(chunk)) written += 1;
          if (written < 4_000) response.once("drain", pump);
        };
        pump();
      }),
    );
    const { gateway } = keep(await startOver(upstream.origin));
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    socket.write("GET /any HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(socket, "readable");
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => void setTimeout(resolve, 200));
    }
    expect(written).toBeLessThan(1_000);
    socket.destroy();
  });

  const judge = (mode: "enforce" | "monitor", verdict: ResponseGuard["body"]): ResponseGuard => ({
    practice: "validation",
    name: "validation.response",
    mode,
    on: "upstream",
    ...(verdict === undefined ? {} : { body: verdict }),
  });

  it("is held back and refused where a guard enforces, sent and noted where it monitors", async () => {
    const upstream = keep(await hello());
    const bad = () => deny("validation.response-invalid");
    const enforcing = keep(await startOver(upstream.origin, { response: [judge("enforce", bad)] }));
    expect((await ask(enforcing.gateway.url)).status).toBe(502);
    const monitoring = keep(await startOver(upstream.origin, { response: [judge("monitor", bad)] }));
    expect(await ask(monitoring.gateway.url)).toMatchObject({ status: 200, body: "hello" });
    expect((await monitoring.recorder.nth(1)).notes).toMatchObject([{ kind: "would-deny" }]);
  });

  it("has the right length after its bytes were replaced, and no tag of the old ones", async () => {
    const upstream = keep(await startUpstream((_request, response) => response.setHeader("ETag", '"1"').end("hello")));
    const replace = () => ({ kind: "replace" as const, bytes: Buffer.from("hi"), what: "stripped" });
    const { gateway } = keep(await startOver(upstream.origin, { response: [judge("enforce", replace)] }));
    const answer = await ask(gateway.url);
    expect(answer).toMatchObject({ status: 200, body: "hi" });
    expect(answer.headers).toMatchObject({ "content-length": "2" });
    expect(answer.headers["etag"]).toBeUndefined();
  });

  it("is refused where it is too large to be judged", async () => {
    const upstream = keep(await startUpstream((_request, response) => response.end(Buffer.alloc(5_000))));
    const gate = { response: [judge("enforce", () => CONTINUE)], answerBytesMax: 1000 };
    const { gateway } = keep(await startOver(upstream.origin, gate));
    expect((await ask(gateway.url)).status).toBe(502);
    const seen = { response: [judge("monitor", () => CONTINUE)], answerBytesMax: 1000 };
    const monitoring = keep(await startOver(upstream.origin, seen));
    expect((await ask(monitoring.gateway.url)).body).toHaveLength(5_000);
    expect((await monitoring.recorder.nth(1)).notes).toMatchObject([{ kind: "not-judged" }]);
  });
});
