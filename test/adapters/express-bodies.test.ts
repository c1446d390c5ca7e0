// The body inside Express: what was validated is what the handler gets, and nothing else can take its place.
import { once } from "node:events";
import { connect } from "node:net";
import express, { type Request, type Response } from "express";
import { describe, expect, it } from "vitest";
import { ask } from "../gateway/harness.ts";
import { JSON_FIELDS, mounted } from "./mounting.ts";

const post = (body: string | Buffer, headers: Record<string, string> = JSON_FIELDS) => ({
  method: "POST",
  headers,
  body,
});
const echo = (request: Request, response: Response) => void response.status(201).json(request.body);

describe("a body that the gate reads", () => {
  it("reaches the handler as it was validated, and parsers behind find nothing to do", async () => {
    const { url, nth } = await mounted((app, gate) => app.use(gate, express.json()).post("/items", echo));
    expect(await ask(`${url}/items`, post('{"n":7}'))).toMatchObject({ status: 201, body: '{"n":7}' });
    expect(await nth(1)).toMatchObject({ requestBytes: 7, answerBytes: 7, ended: "complete", answerStatus: 201 });
  });

  it("is a form's fields, or the bytes where nothing is parsed", async () => {
    const seen: unknown[] = [];
    const { url } = await mounted((app, gate) => {
      app.use(gate).post("/forms", (request, response) => {
        seen.push(request.body);
        response.end();
      });
    });
    await ask(`${url}/forms`, post("n=5", { "content-type": "application/x-www-form-urlencoded" }));
    await ask(`${url}/forms`, post("words", { "content-type": "text/plain" }));
    await ask(`${url}/forms`, { method: "POST" });
    expect(seen).toEqual([{ n: 5 }, Buffer.from("words"), undefined]);
  });

  it.each(['{"n":0}', '{"n":1,"n":2}', '{"n":1,"__proto__":{"a":1}}', "[]", '{"n":1}{}', ""])(
    "%s is refused",
    async (body) => {
      let reached = false;
      const { url } = await mounted((app, gate) => app.use(gate).post("/items", () => (reached = true)));
      expect((await ask(`${url}/items`, post(body))).status).toBe(400);
      expect(reached).toBe(false);
    },
  );

  it("over its limit is refused while it comes, and the client gets to see why", async () => {
    const text = "validation: { bodyBytesMax: 1KiB }\n";
    const { url, nth } = await mounted((app, gate) => app.use(gate).post("/items", echo), { text });
    const chunked = { ...JSON_FIELDS, "transfer-encoding": "chunked" };
    const { status, body } = await ask(`${url}/items`, post(Buffer.alloc(300_000, 32), chunked));
    expect([status, body.includes("validation.body-too-large")]).toEqual([413, true]);
    expect((await nth(1)).deniedBy).toBe("validation.body-length");
  });

  it("that breaks off reaches no handler", async () => {
    let reached = false;
    const { port, nth } = await mounted((app, gate) => app.use(gate).post("/items", () => (reached = true)));
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(
      'POST /items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"n"',
    );
    socket.end();
    socket.resume();
    const incomplete = { reason: "transport.body-incomplete" };
    expect(await nth(1)).toMatchObject({ ended: "client-left", answerStatus: 0, denial: incomplete });
    expect(reached).toBe(false);
  });

  it("where everything only observes is what could be parsed, whatever it holds", async () => {
    const text = "validation: { requests: monitor, bodyBytesMax: 1KiB }\n";
    const { url, nth } = await mounted((app, gate) => app.use(gate, express.json()).post("/items", echo), { text });
    expect((await ask(`${url}/items`, post('{"n":0}'))).body).toBe('{"n":0}');
    expect((await nth(1)).notes).toContainEqual(
      expect.objectContaining({ guard: "validation.body", kind: "would-deny" }),
    );
    const long = JSON.stringify({ n: 1, padding: "p".repeat(2_000) });
    expect((await ask(`${url}/items`, post(long))).body).toBe(long);
  });
});

describe("a body that streams to the application", () => {
  it("arrives whole and is counted", async () => {
    const { url, nth } = await mounted((app, gate) => {
      app.use(gate).post("/uploads", (request, response) => void request.pipe(response));
    });
    const body = Buffer.alloc(200_000, "x");
    const headers = { "content-type": "application/octet-stream" };
    expect((await ask(`${url}/uploads`, post(body, headers))).body).toBe(body.toString());
    expect(await nth(1)).toMatchObject({ requestBytes: 200_000, answerBytes: 200_000 });
  });

  it("over its limit never looks whole, and is refused", async () => {
    let ended = false;
    const text = "validation: { bodyBytesMax: 1KiB }\n";
    const { url, nth } = await mounted(
      (app, gate) => {
        app.use(gate).post("/uploads", (request, response) => {
          request.on("error", () => undefined);
          request.on("end", () => {
            ended = true;
            response.end("stored");
          });
          request.resume();
        });
      },
      { text },
    );
    const headers = { "content-type": "application/octet-stream", "transfer-encoding": "chunked" };
    expect((await ask(`${url}/uploads`, post(Buffer.alloc(100_000), headers))).status).toBe(413);
    expect((await nth(1)).denial?.reason).toBe("validation.body-too-large");
    expect(ended).toBe(false);
  });
});

it.each(["/uploads", "/none"])("a client that goes on sending after it was refused is cut: %s", async (target) => {
  const text = "validation: { bodyBytesMax: 1KiB }\n";
  const { port } = await mounted((app, gate) => app.use(gate).post("/uploads", (request) => void request.resume()), {
    text,
  });
  const socket = connect(port, "127.0.0.1");
  const head = `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n`;
  socket.write(`${head}1000\r\n${"x".repeat(4096)}\r\n`);
  expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 4(04|13) /);
  await once(socket.resume(), "close");
});

it("a client that goes on sending beyond the limit, while the handler reads, is cut", async () => {
  const reached = Promise.withResolvers<void>();
  const { port } = await mounted(
    (app, gate) => {
      app.use(gate).post("/uploads", (request) => {
        request.on("error", () => undefined).resume();
        reached.resolve();
      });
    },
    { text: "validation: { bodyBytesMax: 1KiB }\n" },
  );
  const socket = connect(port, "127.0.0.1");
  socket.write(
    "POST /uploads HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
  );
  await reached.promise;
  socket.write(`1000\r\n${"x".repeat(4096)}\r\n`);
  expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 413 /);
  await once(socket.resume(), "close");
});

describe("a body that somebody read before the gate", () => {
  it("is not let through unvalidated: express.json() mounted first", async () => {
    let reached = false;
    const { url, nth } = await mounted((app, gate) =>
      app.use(express.json(), gate).post("/items", () => (reached = true)),
    );
    const { status, body } = await ask(`${url}/items`, post('{"n":0}'));
    expect([status, body.includes("transport.mounted-late")]).toEqual([500, true]);
    expect(await nth(1)).toMatchObject({
      deniedBy: "transport.mount",
      denial: { internal: "a middleware before Portcullis read the body" },
    });
    expect(reached).toBe(false);
  });

  it("is refused where it is still being read, too", async () => {
    const { url } = await mounted((app, gate) => {
      app.use((request, _response, next) => {
        request.once("data", () => {
          request.pause();
          next();
        });
      });
      app.use(gate).post("/items", echo);
    });
    expect((await ask(`${url}/items`, post('{"n":7}'))).status).toBe(500);
  });

  it("does not trouble requests without one, nor a parser that left it alone", async () => {
    const { url } = await mounted((app, gate) => {
      app.use(express.urlencoded({ extended: true }), gate).post("/items", echo);
      app.get("/items/:id", (_request, response) => void response.json({ n: 1 }));
    });
    expect((await ask(`${url}/items/1`)).status).toBe(200);
    expect(await ask(`${url}/items`, post('{"n":7}'))).toMatchObject({ status: 201, body: '{"n":7}' });
  });
});
