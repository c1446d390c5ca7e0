// F05 to F07: chunks. Their faults may be known late: then no complete and no second request reaches the upstream.
import { describe, expect, it } from "vitest";
import type { RequestGuard } from "../../src/core/guard.ts";
import { CONTINUE } from "../../src/core/outcome.ts";
import { arrivesUnguarded, eventually, GOOD, HOST, stillServes, talk, wire, withBench } from "./wire.ts";

const HIDDEN = `GET /evil HTTP/1.1\r\n${HOST}\r\n`;
const HEAD = `POST /late HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;

/** Has the gate read the body whole before anything goes on. */
const READS: RequestGuard = { practice: "validation", name: "validation.body", mode: "enforce", check: () => CONTINUE };

const WAYS = [
  ["read whole", { body: [READS] }],
  ["streamed", {}],
] as const;

/** Refused, or the connection ends; whatever of it came to the upstream is no complete request, and its connection is cut. */
async function isBrokenOff(bytes: Buffer): Promise<void> {
  await arrivesUnguarded(bytes);
  for (const [, gate] of WAYS) {
    await withBench(async ({ port, upstream, recorder }) => {
      const said = await talk(port, Buffer.concat([GOOD, bytes]));
      expect(said.closed).toBe(true);
      expect(said.statuses[0]).toBe(200);
      expect(said.statuses.length).toBeLessThanOrEqual(2);
      expect(said.statuses.slice(1).filter((status) => ![400, 413, 431].includes(status))).toEqual([]);
      await stillServes(port);
      expect(upstream.requests().map(({ start }) => start)).toEqual(["GET /good HTTP/1.1", "GET /good HTTP/1.1"]);
      const begun = () => upstream.connections.filter(({ bytes: seen }) => seen.includes("/late"));
      await eventually(() => begun().every(({ closed }) => closed));
      expect(upstream.bytes().includes("evil")).toBe(false);
      await eventually(() => recorder.exchanges.length === 3);
    }, gate);
  }
}

/** What Node reads without complaint arrives as one request in canonical form: sizes in hex, no extensions, no trailers. */
async function isMadeCanonical(bytes: Buffer, body: string): Promise<void> {
  await arrivesUnguarded(bytes);
  for (const [, gate] of WAYS) {
    await withBench(async ({ port, upstream }) => {
      const said = await talk(port, Buffer.concat([GOOD, bytes]), ({ complete }) => complete.length === 2);
      expect(said.statuses).toEqual([200, 200]);
      expect(upstream.requests().map(({ start, body: seen }) => [start, seen.toString()])).toEqual(
        expect.arrayContaining([
          ["GET /good HTTP/1.1", ""],
          ["POST /late HTTP/1.1", body],
        ]),
      );
      expect(upstream.requests()).toHaveLength(2);
      expect(upstream.bytes().includes(";")).toBe(false);
      expect(upstream.bytes().includes("X-Trailer")).toBe(false);
    }, gate);
  }
}

describe.concurrent("F05 chunk sizes", () => {
  it.each([
    ["a plus sign", `+5\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["a minus sign", `-5\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["0x", `0x5\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["0x0", `0x0\r\n\r\n${HIDDEN}`],
    ["an underscore", `0_5\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["2^64", `10000000000000000\r\n\r\n0\r\n\r\n${HIDDEN}`],
    ["2^64 + 5", `10000000000000005\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["2^64 + 5 behind zeros", `00000000000000010000000000000005\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["a space before", ` 5\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["a tab before", `\t5\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["a space after", `5 \r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["a tab after", `5\t\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["a space inside", `1 0\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["a bare LF", `5\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["bare LFs throughout", `5\nhello\n0\n\n${HIDDEN}`],
    ["a bare CR", `5\rhello\r\n0\r\n\r\n${HIDDEN}`],
    ["CR CR LF", `5\r\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["no CRLF behind the data", `5\r\nhello0\r\n\r\n${HIDDEN}`],
    ["a bare LF behind the data", `5\r\nhello\n0\r\n\r\n${HIDDEN}`],
    ["a bare CR behind the data", `5\r\nhello\r0\r\n\r\n${HIDDEN}`],
    ["two other bytes for the CRLF", `5\r\nhelloXX0\r\n\r\n${HIDDEN}`],
    ["data longer than the size", `2\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["an empty line as a size", `\r\n5\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["letters beyond f", `g\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["a comma", `5,5\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["a NUL", `5\0\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["an end with a bare LF", `5\r\nhello\r\n0\r\n\n${HIDDEN}`],
    ["an end with bare LFs", `5\r\nhello\r\n0\n\n${HIDDEN}`],
    ["an end with a bare CR", `5\r\nhello\r\n0\r\n\r${HIDDEN}`],
  ])("F05 %s", (_name, body) => isBrokenOff(wire(HEAD + body)));

  it.each([
    ["leading zeros", "000000005\r\nhello\r\n000\r\n\r\n"],
    ["capitals", "A\r\nhellohello\r\n0\r\n\r\n"],
  ])("F05 %s arrive in canonical form", (_name, body) =>
    isMadeCanonical(wire(HEAD + body), body.includes("A") ? "hellohello" : "hello"),
  );
});

describe.concurrent("F06 chunk extensions", () => {
  it.each([
    ["beyond the limit", `5;${"a".repeat(20_000)}=1\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["with a bare CR", `5;a=\rb\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["with a bare LF", `5;a=\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["with a bare LF at the end's", `5\r\nhello\r\n0;\n\r\n${HIDDEN}`],
    ["with a bare LF inside quotes", `5;a="\n"\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["with a NUL", `5;a=\0\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["with an unclosed quote", `5;a="b\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["without a name", `5;\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ["behind a space", `5 ;a=b\r\nhello\r\n0\r\n\r\n${HIDDEN}`],
  ])("F06 %s", (_name, body) => isBrokenOff(wire(HEAD + body)));

  it.each([
    ["long ones in many chunks", `${`1;${"a".repeat(2_000)}\r\nx\r\n`.repeat(20)}0\r\n\r\n`, "x".repeat(20)],
    ["a name", "5;a\r\nhello\r\n0;b\r\n\r\n"],
    ["a value", "5;a=b\r\nhello\r\n0\r\n\r\n"],
    ["a quoted value", '5;a="b c"\r\nhello\r\n0\r\n\r\n'],
  ])("F06 %s: does not go on", (_name, body, sent = "hello") => isMadeCanonical(wire(HEAD + body), sent));
});

describe.concurrent("F07 trailers", () => {
  it.each([
    ["a length", "Content-Length: 100"],
    ["a coding", "Transfer-Encoding: chunked"],
    ["a host", "Host: evil.test"],
    ["a credential", "Authorization: Bearer evil"],
    ["a cookie", "Cookie: evil=1"],
    ["a client's address", "X-Forwarded-For: 10.0.0.1"],
    ["the gate's own", "X-Portcullis-Subject: evil"],
    ["a type", "Content-Type: text/evil"],
    ["a rewrite", "X-Original-URL: /evil"],
    ["a method", "X-HTTP-Method-Override: DELETE"],
    ["an unknown one", "X-Trailer: evil"],
  ])("F07 %s never reaches the upstream", async (_name, trailer) => {
    const bytes = wire(`${HEAD}5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`);
    await arrivesUnguarded(bytes);
    for (const [, gate] of WAYS) {
      await withBench(async ({ port, upstream }) => {
        const said = await talk(port, bytes, ({ complete }) => complete.length === 1);
        const [, value = ""] = trailer.split(": ");
        const own = trailer.startsWith("Transfer-Encoding") || trailer.startsWith("Content-Length");
        expect([200, 400]).toContain(said.statuses[0]);
        expect(!own && upstream.bytes().includes(value)).toBe(false);
        expect(upstream.requests().length).toBeLessThanOrEqual(1);
        for (const { body, fields } of upstream.requests()) {
          expect(body.toString()).toBe("hello");
          expect(fields.filter(([name]) => name === "host" || name === "content-length").length).toBeLessThanOrEqual(2);
        }
        await stillServes(port);
      }, gate);
    }
  });

  it.each([
    ["folded", `0\r\nX-Trailer: a\r\n b\r\n\r\n${HIDDEN}`],
    ["folded into framing", `0\r\nX-Trailer: a\r\n Transfer-Encoding: chunked\r\n\r\n${HIDDEN}`],
    ["without a colon", `0\r\nX-Trailer\r\n\r\n${HIDDEN}`],
    ["without a name", `0\r\n: a\r\n\r\n${HIDDEN}`],
    ["with a space before the colon", `0\r\nX-Trailer : a\r\n\r\n${HIDDEN}`],
    ["with a bare LF", `0\r\nX-Trailer: a\n\r\n${HIDDEN}`],
    ["with a bare CR", `0\r\nX-Trailer: a\rb\r\n\r\n${HIDDEN}`],
    ["with a NUL", `0\r\nX-Trailer: a\0\r\n\r\n${HIDDEN}`],
    ["that are a request", `0\r\n${HIDDEN}`],
    ["larger than a head", `0\r\n${"X-Trailer: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(600)}\r\n${HIDDEN}`],
  ])("F07 %s", (_name, body) => isBrokenOff(wire(HEAD + body)));
});
