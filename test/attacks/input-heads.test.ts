// I07 and I08: what the head says of a body. Types that readers take differently, and codings, with a reader that believes them.
import { once } from "node:events";
import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import express from "express";
import { describe, expect, it } from "vitest";
import { documentOf, inputBench } from "./input.ts";
import { isRefused } from "./refusal.ts";
import { HOST, wire } from "./wire.ts";

const body = (content: object) => ({
  post: { requestBody: { required: true, content }, responses: { default: { description: "any" } } },
});
const SHAPED = { schema: { type: "object", additionalProperties: false, properties: { n: { type: "integer" } } } };

const { refuses, passes } = inputBench(
  documentOf({
    "/json": body({ "application/json": SHAPED }),
    "/merge": body({ "application/merge-patch+json": SHAPED }),
    "/versioned": body({ "application/json;v=2": SHAPED }),
    "/several": body({ "application/json": SHAPED, "text/plain": {}, "image/*": {} }),
    "/blob": body({ "application/octet-stream": {} }),
    "/any": body({ "*/*": SHAPED }),
    "/none": { post: { responses: { default: { description: "any" } } } },
  }),
);

const ADMIN = '{"n":1,"admin":true}';
const post = (target: string, type: string | undefined, text: string | Buffer = ADMIN, more = {}) => ({
  target,
  fields: { ...(type === undefined ? {} : { "content-type": type }), ...more },
  body: text,
});
const UNSUPPORTED = { status: 415, reason: "validation.media-type-unsupported" };
const ENCODED = { status: 415, reason: "validation.content-encoding-unsupported" };

describe("I07 content types", () => {
  it.each([
    ["missing", undefined],
    ["wrong: `text/plain` with JSON", "text/plain"],
    ["a form's, with JSON", "application/x-www-form-urlencoded"],
    ["one that only begins alike", "application/jsonp"],
    ["one that only ends alike", "text/application/json"],
    ["a suffix that is not declared", "application/vnd.api+json"],
    ["a range", "application/*"],
    ["any", "*/*"],
    ["nothing but a subtype", "json"],
    ["with a space inside", "application /json"],
    ["two in one", "application/json, text/plain"],
    ["two in one, parted otherwise", "application/json text/plain"],
    ["charset utf-7", "application/json;charset=utf-7"],
    ["charset utf-16", "application/json; charset=utf-16le"],
    ["charset twice", "application/json; charset=utf-8; charset=utf-7"],
    ["charset with a quote that stays open", 'application/json; charset="utf-8'],
    ["charset in another spelling", "application/json; charset=utf8\u00e9"],
    ["a parameter without a value", "application/json; charset"],
    ["an empty parameter", "application/json;;charset=utf-8"],
    ["something behind", "application/json; charset=utf-8 x"],
  ])("%s", (_title, type) => refuses(post("/json", type), UNSUPPORTED));

  it("`text/plain` with JSON is JSON to an API that takes any type (CWE-436, and without a preflight)", async () => {
    const app = express().post("/json", express.json({ type: () => true }), (request, response) => {
      response.json((request.body as { admin: unknown }).admin);
    });
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const fields = { "content-type": "text/plain" };
    const answer = await fetch(`http://127.0.0.1:${port}/json`, { method: "POST", headers: fields, body: ADMIN });
    expect(await answer.json()).toBe(true);
    server.close();
    server.closeAllConnections();
    await refuses(post("/json", "text/plain"), UNSUPPORTED);
  });

  it.each([
    ["twice", "Content-Type: application/json\r\nContent-Type: text/plain\r\n"],
    ["twice, alike", "Content-Type: application/json\r\nContent-Type: application/json\r\n"],
    ["twice, once with an underscore", "Content-Type: application/json\r\nContent_Type: text/plain\r\n"],
  ])("%s", (_title, lines) =>
    isRefused({
      bytes: wire(`POST /json HTTP/1.1\r\n${HOST}${lines}Content-Length: 20\r\n\r\n${ADMIN}`),
      statuses: [400],
    }),
  );

  it.each([
    ["a version that is not declared", post("/versioned", "application/json;v=1", "{}")],
    ["no version where one is declared", post("/versioned", "application/json", "{}")],
    ["JSON for a patch", post("/merge", "application/json", "{}")],
    ["a text under a range of structured schemas", post("/any", "text/plain")],
    ["another kind than the range", post("/several", "video/mp4", "x")],
  ])("%s", (_title, attempt) => refuses(attempt, UNSUPPORTED));

  it("a body where none is declared, and none where one is required", async () => {
    await refuses(post("/none", "application/json"), { status: 400, reason: "validation.body-unexpected" });
    await refuses({ target: "/json" }, { status: 400, reason: "validation.body-missing" });
    await refuses(post("/json", "application/json", "", { "content-length": "0" }), {
      status: 400,
      reason: "validation.body-missing",
    });
  });

  it("what is JSON is held against the schema whatever its name", async () => {
    const says = { status: 400, says: "admin is not allowed" };
    await refuses(post("/json", "APPLICATION/Json;Charset=UTF-8"), says);
    await refuses(post("/merge", "application/merge-patch+json"), says);
    await refuses(post("/any", "application/hal+json"), says);
    await refuses(post("/several", "application/json"), says);
    await refuses(post("/versioned", 'application/json; v="2"'), says);
  });

  it.each([
    post("/json", "application/json", "{}"),
    post("/json", 'application/json ; charset="utf-8"', "{}"),
    post("/several", "text/plain", ADMIN),
    post("/several", "image/png", "\x89PNG"),
    post("/versioned", "application/json;v=2;charset=utf-8", "{}"),
  ])("its harmless twin passes: $fields", (attempt) => passes(attempt));
});

describe("I08 encoded bodies", () => {
  it("a bomb: a hundred megabytes in a hundred kilobytes, to whoever takes it apart", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 2 ** 20, 0x20), { level: 9 });
    expect(bomb.length).toBeLessThan(110_000);
    expect(gunzipSync(bomb).length).toBe(100 * 2 ** 20);
    await refuses(post("/json", "application/json", bomb, { "content-encoding": "gzip" }), ENCODED);
    await refuses(post("/blob", "application/octet-stream", bomb, { "content-encoding": "gzip" }), ENCODED);
  });

  it("what is inside would not pass outside", async () => {
    const gzip = gzipSync(ADMIN);
    expect(gunzipSync(gzip).toString()).toBe(ADMIN);
    await refuses(post("/json", "application/json", gzip, { "content-encoding": "gzip" }), ENCODED);
    const deflate = deflateSync(ADMIN);
    expect(inflateSync(deflate).toString()).toBe(ADMIN);
    await refuses(post("/json", "application/json", deflate, { "content-encoding": "deflate" }), ENCODED);
  });

  it.each([
    "br",
    "zstd",
    "x-gzip",
    "GZIP",
    "unknown",
    "identity, gzip",
    "gzip, gzip",
    "identity;q=1",
    "*",
    "identity,",
  ])("unknown or not plain: %s", (coding) =>
    refuses(post("/json", "application/json", "{}", { "content-encoding": coding }), ENCODED),
  );

  it.each([
    ["twice", "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"],
    ["twice, once with an underscore", "Content-Encoding: identity\r\nContent_Encoding: gzip\r\n"],
  ])("%s", (_title, lines) =>
    isRefused({
      bytes: wire(
        `POST /json HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n${lines}Content-Length: 20\r\n\r\n${ADMIN}`,
      ),
      statuses: [400],
    }),
  );

  it("none at all, which some clients say", () =>
    passes(post("/json", "application/json", "{}", { "content-encoding": "identity" })));
});
