// F21: what grows when it is decompressed. The gate decompresses nothing: not what comes, not what goes.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import express from "express";
import { describe, expect, it } from "vitest";
import { answering, type Handler, PLACES } from "./answering.ts";
import { documentOf, inputBench } from "./input.ts";
import { ask, keep, startUpstream } from "../gateway/harness.ts";

const GROWN_BYTES = 32 * 1024 * 1024;
const BOMB = Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(GROWN_BYTES - 8, 0x20), Buffer.from('"}')]);
const GZIP = gzipSync(BOMB);

const REQUESTS: Record<string, readonly [coding: string, body: Buffer]> = {
  gzip: ["gzip", GZIP],
  "gzip in capitals": ["GZIP", GZIP],
  "x-gzip": ["x-gzip", GZIP],
  deflate: ["deflate", deflateSync(BOMB)],
  br: ["br", brotliCompressSync(BOMB)],
  zstd: ["zstd", zstdCompressSync(BOMB)],
  "gzip within gzip": ["gzip, gzip", gzipSync(GZIP)],
  "gzip behind identity": ["identity, gzip", GZIP],
  "gzip that is none": ["gzip", Buffer.from("{}")],
  "an unknown one": ["evil", GZIP],
};

describe("F21 requests", () => {
  it("F21 a bomb of gzip grows a thousandfold where a body parser reads it", async () => {
    const app = express();
    app.post("/", express.raw({ type: "*/*", limit: GROWN_BYTES * 2 }), (request, response) => {
      response.end(String((request.body as Buffer).length));
    });
    const server = createServer(app);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const { body } = await ask(`http://127.0.0.1:${port}/`, { method: "POST", headers, body: GZIP });
    server.close();
    expect(body).toBe(String(BOMB.length));
    expect(BOMB.length / GZIP.length).toBeGreaterThan(900);
  });

  const responses = { "200": { description: "ok" } };
  const taking = (content: object) => ({ post: { requestBody: { content }, responses } });
  const { refuses } = inputBench(
    documentOf({
      "/judged": taking({ "application/json": { schema: { type: "object", properties: { a: { type: "string" } } } } }),
      "/streamed": taking({ "application/octet-stream": {} }),
    }),
  );
  const refusal = { status: 415, reason: "validation.content-encoding-unsupported" };

  it.each(Object.keys(REQUESTS))("F21 %s is refused unread", async (name) => {
    const [coding, body] = REQUESTS[name] as (typeof REQUESTS)[string];
    const begun = process.memoryUsage().rss;
    for (const [target, type] of [
      ["/judged", "application/json"],
      ["/streamed", "application/octet-stream"],
    ] as const) {
      await refuses({ target, fields: { "content-type": type, "content-encoding": coding }, body }, refusal);
    }
    expect(process.memoryUsage().rss - begun).toBeLessThan(GROWN_BYTES);
  });
});

const DOCUMENT = documentOf({
  "/a": {
    get: {
      responses: {
        "200": { description: "ok", content: { "application/json": { schema: { type: "object", properties: {} } } } },
      },
    },
  },
});

const bomb: Handler = (_request, response) => {
  response.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip" });
  response.end(GZIP);
};

it("F21 a bomb of gzip grows a thousandfold where a client reads the answer", async () => {
  const upstream = keep(await startUpstream(bomb));
  expect((await (await fetch(`${upstream.origin}/a`)).text()).length).toBe(BOMB.length);
});

describe.each(PLACES)("F21 answers in %s", (place) => {
  it.each(["enforce", "strip"])("F21 a bomb that must be judged is refused unread (%s)", async (mode) => {
    const { ask, nth } = await answering(place, bomb, {
      document: DOCUMENT,
      text: `validation: { responses: ${mode} }\n`,
    });
    const begun = process.memoryUsage().rss;
    expect((await ask("/a")).status).toBe(502);
    expect((await nth(1)).denial?.violations?.[0]?.message).toBe("encoded text cannot be judged");
    expect(process.memoryUsage().rss - begun).toBeLessThan(GROWN_BYTES);
  });

  it("F21 a bomb that is only watched goes on as it came, and is noted", async () => {
    const { ask, nth } = await answering(place, bomb, {
      document: DOCUMENT,
      text: "validation: { responses: monitor }\n",
    });
    const { status, headers, body } = await ask("/a");
    expect(status).toBe(200);
    expect(headers["content-encoding"]).toBe("gzip");
    expect(body).toBe(GZIP.toString());
    expect((await nth(1)).notes).toContainEqual(expect.objectContaining({ kind: "not-judged", text: "encoded" }));
  });
});
