// R01 R02: what the fields of a stripped answer say of its body, and what the API is asked for so that it can be stripped.
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "vitest";
import { answering, type Handler, PLACES, unguarded } from "./answering.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Accounts, version: "1" }
security: []
paths:
  /account:
    get:
      operationId: getAccount
      responses: { "200": { description: ok, content: { application/json: { schema: { type: object, properties: { id: { type: integer } } } } } } }
  /report:
    get: { operationId: getReport, responses: { "200": { description: ok, content: { application/pdf: {} } } } }
`;
const BODY = '{"hash":"hunter2","id":1}';
const LEFT = '{"id":1}';

const digest = (algorithm: string) => createHash(algorithm).update(BODY).digest("base64");
const VALIDATORS = { ETag: '"v1"', "Last-Modified": "Thu, 26 Nov 2026 05:08:10 GMT" };
const OF_BYTES = {
  "Content-Digest": `sha-256=:${digest("sha256")}:`,
  "Repr-Digest": `sha-256=:${digest("sha256")}:`,
  Digest: `sha-256=${digest("sha256")}`,
  "Content-MD5": digest("md5"),
  "Accept-Ranges": "bytes",
};

/** An API that knows conditions, parts and codings. */
function account(asked: IncomingHttpHeaders[] = [], body = BODY): Handler {
  return (request, response) => {
    asked.push(request.headers);
    if (request.headers["if-none-match"]?.includes('"v1"') === true) {
      response.writeHead(304, VALIDATORS).end();
      return;
    }
    const fields = { ...VALIDATORS, ...OF_BYTES, "Content-Type": "application/json" };
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (range === null) {
      response.writeHead(200, { ...fields, "Content-Length": Buffer.byteLength(body) }).end(body);
      return;
    }
    const [from, to] = [Number(range[1]), Number(range[2])];
    response
      .writeHead(206, { ...fields, "Content-Range": `bytes ${from}-${to}/${body.length}` })
      .end(body.slice(from, to + 1));
  };
}

const STRIP = { document: DOCUMENT, text: "validation: { responses: strip }\n" };
const DIGESTS = Object.keys(OF_BYTES).map((name) => name.toLowerCase());

describe.each(PLACES)("in %s", (place) => {
  it("R01 the length is the stripped body's, digests of the other bytes go, the tag is weak", async () => {
    expect((await unguarded(account(), "/account")).headers).toMatchObject({ etag: '"v1"', digest: OF_BYTES.Digest });
    const { ask } = await answering(place, account(), STRIP);
    const { body, headers } = await ask("/account");
    expect([body, headers["content-length"], headers.etag]).toEqual([LEFT, String(LEFT.length), 'W/"v1"']);
    expect(headers["last-modified"]).toBe(VALIDATORS["Last-Modified"]);
    expect(DIGESTS.filter((name) => name in headers)).toEqual([]);
  });

  it("R01 where nothing is cut, all of them stay", async () => {
    const { ask } = await answering(place, account([], LEFT), STRIP);
    const { body, headers } = await ask("/account");
    expect([body, headers["content-length"], headers.etag, headers["digest"]]).toEqual([
      LEFT,
      "8",
      '"v1"',
      OF_BYTES.Digest,
    ]);
  });

  it("R01 whoever has the stripped answer is told so by 304, with the same weak tag", async () => {
    const { ask } = await answering(place, account(), STRIP);
    const { etag = "" } = (await ask("/account")).headers;
    const again = await ask("/account", { headers: { "if-none-match": etag } });
    expect(again).toMatchObject({ status: 304, body: "", headers: { etag: 'W/"v1"' } });
  });

  it("R01 a HEAD says nothing of bytes that a GET would not send", async () => {
    const { ask } = await answering(place, account(), STRIP);
    const { status, headers } = await ask("/account", { method: "HEAD" });
    expect([status, headers.etag, headers["content-type"]]).toEqual([200, 'W/"v1"', "application/json"]);
    expect([...DIGESTS, "content-length"].filter((name) => name in headers)).toEqual([]);
  });

  it("R01 a part of an answer is not asked for: it cannot be judged", async () => {
    const range = { range: "bytes=1-16", "if-range": '"v1"', "accept-encoding": "br, gzip" };
    expect((await unguarded(account(), "/account", { headers: range })).body).toContain("hunter2");
    const asked: IncomingHttpHeaders[] = [];
    const { ask } = await answering(place, account(asked), STRIP);
    expect(await ask("/account", { headers: range })).toMatchObject({ status: 200, body: LEFT });
    expect(asked[0]).toMatchObject({ "accept-encoding": "identity" });
    expect(["range", "if-range"].filter((name) => name in (asked[0] ?? {}))).toEqual([]);
  });

  it("R01 a download that nobody judges may be asked for in parts", async () => {
    const report: Handler = (request, response) =>
      void response
        .writeHead(206, {
          "Content-Type": "application/pdf",
          "Content-Range": "bytes 0-1/9",
          "X-Asked": request.headers.range ?? "",
        })
        .end("%P");
    const { ask } = await answering(place, report, STRIP);
    const part = await ask("/report", { headers: { range: "bytes=0-1" } });
    expect(part).toMatchObject({ status: 206, body: "%P", headers: { "x-asked": "bytes=0-1" } });
  });
});
