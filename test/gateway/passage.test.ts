// A request's way through the gateway: what passes, what is denied by head or body, and one record each.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { describe, expect, it } from "vitest";
import type { RequestGuard } from "../../src/core/guard.ts";
import { bindGate } from "../../src/core/gate.ts";
import { CONTINUE, deny } from "../../src/core/outcome.ts";
import { ask, hello, keep, OPEN_GATE, startOver, startUpstream } from "./harness.ts";

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

describe("a bug in the policy's look-up", () => {
  it("opens nothing and hangs nobody", async () => {
    const upstream = keep(await hello());
    const refused = bindGate({ ...OPEN_GATE });
    const enter = () => {
      throw new Error("a bug");
    };
    const policy = { version: "test", refused, enter };
    const { gateway, recorder } = keep(await startOver(upstream.origin, {}, { policy }));
    expect(await ask(`${gateway.url}/any`)).toMatchObject({ status: 500 });
    expect(upstream.seen).toEqual([]);
    expect(await recorder.nth(1)).toMatchObject({ faultBy: "gateway", denial: { reason: "transport.guard-failed" } });
  });
});
