// Answers of an Express application on their way through the gate: whole, in time, and only what may leave.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import path from "node:path";
import { PassThrough } from "node:stream";
import type { Express, Request, Response } from "express";
import { describe, expect, it } from "vitest";
import { folderWith } from "../configuration/folder.ts";
import { ask } from "../gateway/harness.ts";
import { mounted } from "./mounting.ts";

type Handler = (request: Request, response: Response) => unknown;

const ENFORCED = "validation: { responses: enforce }\n";

function answering(handler: Handler, text = "") {
  const build = (app: Express) => {
    for (const place of ["/items/:id", "/anything"])
      app.get(place, (request, response) => void handler(request, response));
    app.delete("/items/:id", (request, response) => void handler(request, response));
  };
  return mounted((app, gate) => build(app.use(gate)), { text });
}

describe("an answer passes as the application gives it", () => {
  const FORMS: readonly (readonly [string, Handler, string])[] = [
    ["json", (_, response) => response.json({ n: 1 }), '{"n":1}'],
    ["send of text", (_, response) => response.type("text").send("text"), "text"],
    ["end with a buffer", (_, response) => response.end(Buffer.from("bytes")), "bytes"],
    ["end in another encoding", (_, response) => response.end("6869", "hex"), "hi"],
    [
      "write and end",
      (_, response) => void (response.write("a"), response.write(new Uint8Array([98])), response.end("c")),
      "abc",
    ],
    ["writeHead with fields", (_, response) => response.writeHead(200, { "X-A": "1" }).end("a"), "a"],
    ["writeHead with a phrase", (_, response) => response.writeHead(200, "Fine", { "X-A": "1" }).end("a"), "a"],
    ["writeHead with a list", (_, response) => response.writeHead(200, ["X-A", "1", "X-A", "2"]).end("a"), "a"],
    ["two ends", (_, response) => void (response.end("a"), response.end()), "a"],
    ["nothing", (_, response) => response.end(), ""],
  ];

  it.each(FORMS)("%s", async (_name, handler, body) => {
    const { url, nth } = await answering(handler);
    const answer = await ask(`${url}/anything`);
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.headers).not.toHaveProperty("x-powered-by");
    expect(await nth(1)).toMatchObject({ ended: "complete", answerStatus: 200, answerBytes: body.length });
  });

  it("with its length where it is said at once, and fields that come twice", async () => {
    const { url } = await answering((_, response) => response.append("X-A", "1").append("X-A", "2").end("abc"));
    expect((await ask(`${url}/anything`)).headers).toMatchObject({ "content-length": "3", "x-a": "1, 2" });
    const cookies = await answering((_, response) => response.cookie("a", "1").cookie("b", "2").end());
    expect((await ask(`${cookies.url}/anything`)).headers["set-cookie"]).toHaveLength(2);
  });

  it.each(["", ENFORCED])("tells the application when it was written, never within the call (%j)", async (text) => {
    const order: string[] = [];
    const { url } = await answering((_, response) => {
      response.type("json").write('{"n":', () => order.push("written"));
      response.end("1}", () => order.push("ended"));
      order.push("called");
    }, text);
    await ask(`${url}/items/1`);
    expect(order).toEqual(["called", "written", "ended"]);
  });

  it("in chunks where the application says so", async () => {
    const { url } = await answering((_, response) => response.set("Transfer-Encoding", "chunked").end("abc"));
    const { headers, body } = await ask(`${url}/anything`);
    expect([headers["transfer-encoding"], headers["content-length"], body]).toEqual(["chunked", undefined, "abc"]);
  });

  it("and closes the connection where the application asks for it", async () => {
    const { url } = await answering((_, response) => response.set("Connection", "close").end());
    const { headers } = await ask(`${url}/anything`, { headers: { connection: "keep-alive" } });
    expect(headers.connection).toBe("close");
  });

  it("HEAD, 204 and a redirect have no body", async () => {
    const { url, nth } = await answering((request, response) =>
      request.method === "DELETE"
        ? response.status(204).end()
        : request.params["id"] === "2"
          ? response.redirect("/items/1")
          : response.json({ n: 1 }),
    );
    expect(await ask(`${url}/items/1`, { method: "HEAD" })).toMatchObject({
      status: 200,
      body: "",
      headers: { "content-length": "7" },
    });
    expect(await ask(`${url}/items/1`, { method: "DELETE" })).toMatchObject({ status: 204, body: "" });
    expect(await ask(`${url}/items/2`)).toMatchObject({ status: 302, headers: { location: "/items/1" } });
    expect(await nth(1)).toMatchObject({ answerBytes: 0, answerStatus: 200 });
  });

  it.each(["", ENFORCED])("304 to whoever has it already (%j)", async (text) => {
    const { url } = await answering((_, response) => response.json({ n: 1 }), text);
    const { headers } = await ask(`${url}/items/1`);
    const second = await ask(`${url}/items/1`, { headers: { "if-none-match": headers.etag as string } });
    expect(second).toMatchObject({ status: 304, body: "", headers: { "x-content-type-options": "nosniff" } });
  });

  it("a file, and a range of it", async () => {
    const file = path.join(folderWith({}), "file.txt");
    writeFileSync(file, "x".repeat(300_000));
    const { url } = await answering((_, response) => response.sendFile(file));
    expect((await ask(`${url}/anything`)).body).toHaveLength(300_000);
    expect(await ask(`${url}/anything`, { headers: { range: "bytes=0-1" } })).toMatchObject({
      status: 206,
      body: "xx",
    });
  });
});

describe("a streamed answer", () => {
  it("begins before it ends: events", async () => {
    const events = new PassThrough();
    const { url, nth } = await answering((_, response) => {
      response.set("Content-Type", "text/event-stream").flushHeaders();
      events.pipe(response);
    });
    const request = get(`${url}/anything`);
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    events.write("data: 1\n\n");
    expect(String((await once(answer, "data"))[0])).toBe("data: 1\n\n");
    request.destroy();
    expect(await nth(1)).toMatchObject({ ended: "client-left", answerBytes: 9 });
  });

  it("waits for a slow client instead of being kept in memory", async () => {
    const chunk = Buffer.alloc(65_536);
    const isFull = Promise.withResolvers<number>();
    const { url, nth } = await answering(async (_, response) => {
      for (let sent = 1; sent <= 1_000; sent += 1) {
        if (response.write(chunk)) continue;
        isFull.resolve(sent);
        await once(response, "drain");
      }
      response.end();
    });
    const request = get(`${url}/anything`);
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    expect(await isFull.promise).toBeLessThan(900);
    answer.resume();
    await once(answer, "end");
    expect((await nth(1)).answerBytes).toBe(65_536_000);
  });

  it("that breaks off is cut, and is not the client's fault", async () => {
    const { url, nth } = await answering((_, response) => {
      response.write("half");
      throw new Error("out of paper");
    });
    await expect(ask(`${url}/anything`)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    expect(await nth(1)).toMatchObject({ ended: "upstream-failed", answerStatus: 200 });
  });
});

describe("an answer that must not leave", () => {
  const WRONG: Handler = (_, response) => response.json({ n: "secret" });

  it.each([
    ["a body that does not fit", WRONG, "validation.response-invalid"],
    [
      "in pieces",
      (_, response) => void (response.type("json"), response.write('{"n":'), response.end('"secret"}')),
      "validation.response-invalid",
    ],
    [
      "after its head was asked for",
      (_, response) => void (response.type("json").flushHeaders(), response.end('{"n":"secret"}')),
      "validation.response-invalid",
    ],
    [
      "another media type",
      (_, response) => response.type("html").send("<b>secret</b>"),
      "validation.response-undeclared",
    ],
    [
      "an undeclared status",
      (_, response) => response.status(418).json({ n: "secret" }),
      "validation.response-undeclared",
    ],
    [
      "the page of an error",
      () => {
        throw new Error("secret");
      },
      "validation.response-undeclared",
    ],
    [
      "larger than may be judged",
      (_, response) =>
        void (response.type("json"), response.write('{"n":"secret'), response.end("x".repeat(2_000_000))),
      "validation.response-too-large",
    ],
    [
      "a line that breaks the head",
      (_, response) => {
        Object.defineProperty(response, "getHeader", { value: () => "a\r\nX-Evil: secret" });
        response.setHeader("X-A", "1");
        response.end();
      },
      "transport.upstream-invalid",
    ],
  ] as readonly (readonly [string, Handler, string])[])("%s: enforced", async (_name, handler, reason) => {
    const { url, nth } = await answering(handler, ENFORCED);
    const answer = await ask(`${url}/items/1`);
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body)).toMatchObject({ reason });
    expect(JSON.stringify(answer)).not.toContain("secret");
    expect(await nth(1)).toMatchObject({ denial: { reason }, answerStatus: 502, ended: "complete" });
  });

  it("is noted where answers are only monitored", async () => {
    const { url, nth } = await answering(WRONG);
    expect((await ask(`${url}/items/1`)).body).toBe('{"n":"secret"}');
    expect((await nth(1)).notes).toMatchObject([{ guard: "validation.responses", kind: "would-deny" }]);
  });

  it("does not change by what the application says after it was replaced", async () => {
    const { url } = await answering((_, response) => {
      response.status(418).flushHeaders();
      expect(response.headersSent).toBe(true);
      response.write("secret");
      response.end("secret");
    }, ENFORCED);
    expect((await ask(`${url}/items/1`)).body).toMatch(
      /^\{"type":"urn:portcullis:reason:validation.response-undeclared".*\}$/,
    );
  });

  it("is not completed by an error handler, where a part was held back", async () => {
    const { url, nth } = await answering((_, response) => {
      response.type("json").write('{"n":1');
      throw new Error("secret");
    }, ENFORCED);
    await expect(ask(`${url}/items/1`)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    expect(await nth(1)).toMatchObject({ ended: "upstream-failed", answerStatus: 0 });
  });

  it("passes where it is right", async () => {
    const { url } = await answering((_, response) => response.json({ n: 3 }), ENFORCED);
    expect(await ask(`${url}/items/1`)).toMatchObject({
      status: 200,
      body: '{"n":3}',
      headers: { "content-length": "7" },
    });
  });
});
