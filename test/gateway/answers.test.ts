// The way of an answer back: streamed with back-pressure, held back where a guard must see it, ended when the client leaves.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import type { ResponseGuard } from "../../src/core/guard.ts";
import { CONTINUE, deny } from "../../src/core/outcome.ts";
import { ask, hello, keep, startOver, startUpstream } from "./harness.ts";

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

  it("has the right length after its bytes were replaced, and a tag that no longer means the old ones", async () => {
    const upstream = keep(await startUpstream((_request, response) => response.setHeader("ETag", '"1"').end("hello")));
    const replace = () => ({ kind: "replace" as const, bytes: Buffer.from("hi"), what: "stripped" });
    const { gateway } = keep(await startOver(upstream.origin, { response: [judge("enforce", replace)] }));
    const answer = await ask(gateway.url);
    expect(answer).toMatchObject({ status: 200, body: "hi" });
    expect(answer.headers).toMatchObject({ "content-length": "2" });
    expect(answer.headers["etag"]).toBe('W/"1"');
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
