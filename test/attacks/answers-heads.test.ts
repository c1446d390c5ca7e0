// Attacks R05–R07 over the gateway and in Express: what the head of an answer gives away, who may keep it, and where it ends.
import { createHmac } from "node:crypto";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { composed } from "../configuration/composing.ts";
import { ask as ask1, keep, startOver } from "../gateway/harness.ts";
import { testCertificate } from "../gateway/certificates.ts";
import { answering, ask2, type Handler, PLACES, seen, unguarded } from "./answering.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Files, version: "1" }
paths:
  /mine:
    get: { operationId: mine, security: [{ token: [] }], responses: { default: { description: any } } }
    delete: { operationId: drop, security: [{ token: [] }], responses: { default: { description: any } } }
  /keyed:
    get: { operationId: keyed, security: [{ key: [] }], responses: { default: { description: any } } }
  /open:
    get: { operationId: open, security: [], responses: { default: { description: any } } }
    post: { operationId: act, security: [], responses: { default: { description: any } } }
components:
  securitySchemes:
    token: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-Key }
`;
const SECRET = "0123456789abcdef0123456789abcdef";
const TEXT = `authentication:
  token: { issuer: https://i.example/, audience: a, secret: "${SECRET}" }
  key: { checkedByUpstream: true }
`;
const WHAT = { document: DOCUMENT, text: TEXT };

/** Signed by hand: the only credential that these tests need. */
function bearer(): Record<string, string> {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: "https://i.example/", aud: "a", sub: "s", client_id: "c", jti: "1", iat: now, exp: now + 600 };
  const signed = `${part({ alg: "HS256", typ: "at+jwt" })}.${part(claims)}`;
  return { authorization: `Bearer ${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}` };
}

const withFields =
  (fields: Record<string, string | string[]>, status = 200): Handler =>
  (_request, response) =>
    void response.writeHead(status, { "Content-Type": "text/plain", ...fields }).end("ok");

const say = (...lines: string[]): Record<string, string[]> => ({ "Cache-Control": lines });

describe.each(PLACES)("in %s", (place) => {
  it.each([
    ["R05 the server's name and version", "Server", "nginx/1.18.0 (Ubuntu) hunter2"],
    ["R05 the framework", "X-Powered-By", "PHP/7.4.3 hunter2"],
    ["R05 a runtime's version", "X-AspNet-Version", "4.0.30319 hunter2"],
    ["R05 the way behind the gate", "Via", "1.1 hunter2.internal (squid/4.10)"],
    ["R05 the machine", "X-Served-By", "hunter2-pod-7f9c"],
    ["R05 the upstream's address", "X-Upstream-Addr", "10.0.0.7:8080, hunter2"],
    ["R05 a generator", "X-Generator", "Drupal 9 hunter2"],
    ["R05 a debugger's link", "X-Debug-Token-Link", "http://hunter2/_profiler/1"],
    ["R05 another way in", "Alt-Svc", 'h3="hunter2:443"'],
    ["R05 a mesh's metadata", "X-Envoy-Peer-Metadata", "hunter2"],
  ])("%s", async (_name, field, value) => {
    const handler = withFields({ [field]: value });
    expect(seen(await unguarded(handler, "/open"))).toContain("hunter2");
    const { ask } = await answering(place, handler, WHAT);
    const answer = await ask("/open");
    expect(answer).toMatchObject({ status: 200, body: "ok" });
    expect(seen(answer)).not.toContain("hunter2");
  });

  it("R05 denials and errors of the gate name no software, no address and no version", async () => {
    const { ask } = await answering(place, withFields({}), WHAT);
    const targets = ["/mine", "/none", "/open/../mine", "/open%2f", `/open?${"a".repeat(9_000)}`];
    for (const target of targets) {
      const answer = await ask(target);
      expect(answer.status).toBeGreaterThan(399);
      const { "x-request-id": _, date: __, ...fields } = answer.headers;
      expect(JSON.stringify(fields) + answer.body).not.toMatch(
        /portcullis(?!:reason)|node|express|undici|127\.0\.0\.1|\d\.\d+\.\d|\/src\//i,
      );
      expect(Object.keys(JSON.parse(answer.body) as object).sort()).toEqual(
        [
          "type",
          "title",
          "status",
          "reason",
          "requestId",
          ...("detail" in JSON.parse(answer.body) ? ["detail"] : []),
        ].sort(),
      );
    }
  });

  describe("R06", () => {
    it.each([
      ["R06 an answer that says nothing", {}, undefined, "no-store"],
      ["R06 public, as frameworks say of files", say("public, max-age=0"), "public, max-age=0", "max-age=0, private"],
      [
        "R06 a life in shared caches",
        say("max-age=60, s-maxage=600"),
        "max-age=60, s-maxage=600",
        "max-age=60, private",
      ],
      ["R06 other letters, odd spaces", say("PUBLIC ,S-MaxAge=1,, x"), "PUBLIC ,S-MaxAge=1,, x", "x, private"],
      ["R06 public beside private", say("private", "public"), "private, public", "private, private"],
      ["R06 a life without a word about whose", say("max-age=600"), "max-age=600", "max-age=600, private"],
      ["R06 no-store stays", say("no-store, max-age=0"), "no-store, max-age=0", "no-store, max-age=0"],
      ["R06 private stays", say("private, max-age=60"), "private, max-age=60", "private, max-age=60"],
      [
        "R06 words for the caches of a network",
        { "CDN-Cache-Control": "max-age=600", "Surrogate-Control": "max-age=9" },
        undefined,
        "no-store",
      ],
      [
        "R06 a word for nginx",
        { "X-Accel-Expires": "600", Expires: "Fri, 01 Jan 2100 00:00:00 GMT" },
        undefined,
        "no-store",
      ],
    ] as [string, Record<string, string | string[]>, string | undefined, string][])(
      "%s",
      async (_name, fields, alone, expected) => {
        const handler = withFields(fields);
        const bare = await unguarded(handler, "/mine", { headers: bearer() });
        expect(bare.headers["cache-control"]).toBe(alone);
        const { ask } = await answering(place, handler, WHAT);
        const byToken = await ask("/mine", { headers: bearer() });
        const byKey = await ask("/keyed", { headers: { "x-key": "k" } });
        for (const { status, headers } of [byToken, byKey]) {
          expect([status, headers["cache-control"]]).toEqual([200, expected]);
          for (const name of ["cdn-cache-control", "surrogate-control", "x-accel-expires"])
            expect(headers).not.toHaveProperty(name);
        }
      },
    );

    it("R06 an answer that sets a cookie is for one caller, also where anybody may ask", async () => {
      const handler = withFields({ "Set-Cookie": "session=1", "Cache-Control": "public, max-age=600" });
      expect((await unguarded(handler, "/open")).headers["cache-control"]).toBe("public, max-age=600");
      const { ask } = await answering(place, handler, WHAT);
      expect((await ask("/open")).headers).toMatchObject({ "cache-control": "max-age=600, private" });
      const silent = await answering(place, withFields({ "Set-Cookie": "session=1" }), WHAT);
      expect((await silent.ask("/open")).headers).toMatchObject({ "cache-control": "no-store" });
    });

    it("R06 what anybody may have stays as the API says", async () => {
      const said = { "Cache-Control": "public, s-maxage=600", "CDN-Cache-Control": "max-age=600" };
      const { ask } = await answering(place, withFields(said), WHAT);
      expect((await ask("/open")).headers).toMatchObject({
        "cache-control": "public, s-maxage=600",
        "cdn-cache-control": "max-age=600",
      });
      const silent = await answering(place, withFields({}), WHAT);
      expect((await silent.ask("/open")).headers).not.toHaveProperty("cache-control");
    });

    it("R06 denials are never stored", async () => {
      const { ask } = await answering(place, withFields({}), WHAT);
      for (const target of ["/mine", "/none"]) expect((await ask(target)).headers["cache-control"]).toBe("no-store");
    });
  });

  describe("R07", () => {
    it.each([
      ["R07 in Location", "/open?next=%0d%0aSet-Cookie:%20hunter2=1"],
      ["R07 in Set-Cookie", "/open?name=a%0d%0a%0d%0a<script>hunter2</script>"],
    ])("%s: what the client sent is not decoded into our own fields or problems", async (_name, target) => {
      const { ask } = await answering(place, withFields({}), WHAT);
      const denied = await ask(target.replace("/open", "/none"));
      expect(denied.status).toBe(404);
      expect(seen(denied)).not.toContain("hunter2");
      expect(denied.headers).not.toHaveProperty("set-cookie");
    });

    it.each(["a\tb", "\u00e4"])("R07 a value that is one line passes: %j", async (value) => {
      const { ask } = await answering(place, withFields({ "X-Own": value }), WHAT);
      expect((await ask("/open")).headers["x-own"]).toBe(value);
    });
  });

  it.each([
    ["204", "DELETE"],
    ["205", "GET"],
    ["304", "GET"],
  ])("R07 a %s has no body and no length of one", async (status, method) => {
    const { ask, nth } = await answering(place, withFields({ ETag: '"1"' }, Number(status)), WHAT);
    const answer = await ask("/mine", { method, headers: bearer() });
    expect(answer).toMatchObject({ status: Number(status), body: "", headers: { etag: '"1"' } });
    expect(answer.headers["content-length"] ?? "0").toBe("0");
    expect(await nth(1)).toMatchObject({ ended: "complete", answerBytes: 0 });
  });
});

describe("an upstream that writes its own bytes", () => {
  /** Every connection gets these bytes, once something came. */
  async function raw(bytes: string): Promise<string> {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", () => {
        const written = Buffer.from(bytes, "latin1");
        // What is no whole answer ends here.
        if (bytes.includes("\r\n\r\n")) socket.write(written);
        else socket.end(written);
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The bytes that a client of a server without a gate sees. */
  function bytesOf(origin: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(Number(new URL(origin).port), "127.0.0.1", () =>
        socket.write("GET /open HTTP/1.1\r\nHost: a\r\n\r\n"),
      );
      socket.once("data", (bytes: Buffer) => {
        socket.destroy();
        resolve(bytes.toString("latin1"));
      });
    });
  }

  async function throughGate(bytes: string | undefined, protocol: string) {
    const composition = await composed(TEXT, { document: DOCUMENT });
    onTestFinished(() => composition.close());
    const { policy, settle } = composition;
    const tls = protocol === "HTTP/2" ? await testCertificate() : undefined;
    const options = { policy, settle, tls, drainTimeoutMs: 100 };
    const { gateway } = keep(
      await startOver(bytes === undefined ? "http://127.0.0.1:1" : await raw(bytes), {}, options),
    );
    return tls === undefined ? ask1(`${gateway.url}/open`) : ask2(gateway.url, tls, "/open");
  }

  describe.each(["HTTP/1.1", "HTTP/2"])("to a client of %s", (protocol) => {
    it.each([
      ["R07 a bare CR in Location", "Location: /a\rSet-Cookie: hunter2=1\r\n"],
      ["R07 a bare LF in Location", "Location: /a\nSet-Cookie: hunter2=1\r\n"],
      ["R07 a NUL in Set-Cookie", "Set-Cookie: a=1\0hunter2\r\n"],
      ["R07 a folded line", "Location: /a\r\n Set-Cookie: hunter2=1\r\n"],
      ["R07 a space before the colon", "Set-Cookie : hunter2=1\r\n"],
      ["R07 a name that is none", "Set Cookie: hunter2=1\r\n"],
      ["R07 an escape sequence", "X-Own: \u001b[31mhunter2\r\n"],
    ])("%s", async (_name, line) => {
      const bytes = `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${line}\r\nok`;
      expect(await bytesOf(await raw(bytes))).toContain("hunter2");
      const answer = await throughGate(bytes, protocol);
      expect(answer.status).toBe(502);
      expect(seen(answer)).not.toContain("hunter2");
    });

    it.each([
      ["R04 an upstream that is away is not named", undefined],
      ["R04 nor one that breaks off", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n"],
      ["R04 nor one that speaks something else", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"],
      ["R04 nor what it says where it cannot be read", "HTTP/1.1 200 OK\r\nhunter2\r\n\r\n"],
    ])("%s", async (_name, bytes) => {
      const answer = await throughGate(bytes, protocol);
      expect(answer.status).toBe(502);
      expect(Object.keys(JSON.parse(answer.body) as object)).toEqual([
        "type",
        "title",
        "status",
        "reason",
        "requestId",
      ]);
      expect(seen(answer)).not.toMatch(/127\.0\.0\.1|localhost|ECONN|socket|HPE_|UND_ERR|OpenSSH|hunter2|:\d{4,5}\b/);
    });

    it("R07 a second answer behind the first never reaches anybody", async () => {
      const bytes =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nSet-Cookie: hunter2=1\r\nContent-Length: 2\r\n\r\nno";
      expect(await bytesOf(await raw(bytes))).toContain("hunter2");
      expect(await throughGate(bytes, protocol)).toMatchObject({ status: 200, body: "ok" });
    });
  });
});
