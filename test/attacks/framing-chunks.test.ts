// F05 to F07: chunks. Their faults may be known late: then no complete and no second request reaches the upstream.
import { describe, expect, it } from "vitest";
import { arrivesUnguarded, stillServes, withBench } from "./bench.ts";
import { CHUNK_ATTACKS, late } from "./chunk-cases.ts";
import { ALL_WAYS, isBrokenOff, isMadeCanonical } from "./refusal.ts";
import { talk } from "./wire.ts";

const START = "POST /late HTTP/1.1";

describe.concurrent("chunks", () => {
  it.for(CHUNK_ATTACKS)("$id $name", (attack) => isBrokenOff(attack));

  it.each([
    ["leading zeros", "000000005\r\nhello\r\n000\r\n\r\n"],
    ["capitals", "A\r\nhellohello\r\n0\r\n\r\n"],
  ])("F05 %s arrive in canonical form", (_name, body) =>
    isMadeCanonical(late(body), START, body.includes("A") ? "hellohello" : "hello"),
  );

  it.each([
    ["long ones in many chunks", `${`1;${"a".repeat(2_000)}\r\nx\r\n`.repeat(20)}0\r\n\r\n`, "x".repeat(20)],
    [
      "chunks of one byte, with sizes of sixteen digits",
      `${"0000000000000001\r\nx\r\n".repeat(30_000)}0\r\n\r\n`,
      "x".repeat(30_000),
    ],
    ["a name", "5;a\r\nhello\r\n0;b\r\n\r\n"],
    ["a value", "5;a=b\r\nhello\r\n0\r\n\r\n"],
    ["a quoted value", '5;a="b c"\r\nhello\r\n0\r\n\r\n'],
  ])("F06 %s: does not go on", (_name, body, sent = "hello") => isMadeCanonical(late(body), START, sent));

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
    const bytes = late(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`);
    await arrivesUnguarded(bytes);
    for (const way of ALL_WAYS) {
      await withBench(async (bench) => {
        const { dial, upstream } = bench;
        const said = await talk(dial(), bytes, ({ complete }) => complete.length === 1);
        const [, value = ""] = trailer.split(": ");
        const own = trailer.startsWith("Transfer-Encoding") || trailer.startsWith("Content-Length");
        expect([200, 400]).toContain(said.statuses[0]);
        expect(!own && upstream.bytes().includes(value)).toBe(false);
        expect(upstream.requests().length).toBeLessThanOrEqual(1);
        for (const { body, fields } of upstream.requests()) {
          expect(body.toString()).toBe("hello");
          expect(fields.filter(([name]) => name === "host" || name === "content-length").length).toBeLessThanOrEqual(2);
        }
        await stillServes(bench);
      }, way);
    }
  });
});
