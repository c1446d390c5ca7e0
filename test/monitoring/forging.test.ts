// No value can forge a line: what looks like an end of line, an escape or another order of letters is written out.
import { assert, integer, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { Exchange } from "../../src/core/exchange.ts";
import { deny } from "../../src/core/outcome.ts";
import { quoted, visible } from "../../src/monitoring/escaping.ts";
import { Timestamps } from "../../src/monitoring/timestamp.ts";
import { ALICE, answeredExchange, exchangeOf } from "./exchanges.ts";
import { record } from "./record.ts";

/** Colours of our own are the only escapes that a terminal gets. */
const OWN_COLOURS = /\u001b\[(?:0|2|1;31|3[1-6])m/g;
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

const HOSTILE = [
  'x"}\n{"event":{"action":"api_access"}}',
  "x\r\n04:05:06 200 GET /admin",
  "\u001b[2J\u001b[1;1H",
  "\u009b31m",
  "a\u202egnp.exe\u2066",
  "a\u200bb\ufeffc",
  "line\u2028separator\u2029",
  "nul\u0000del\u007f",
  "\ud800 lone",
  "tag\u{e0041}",
  "back\\slash \\n",
];

/** As a client sends it: bytes, each of which Node gives as one character. */
const wire = (text: string) => Buffer.from(text).toString("latin1");

/** The hostile text in every field that somebody else chooses. */
function hostileExchange(text: string): Exchange {
  const exchange = exchangeOf(
    { method: text, path: `/${text}`, target: `/${text}`, clientAddress: text, peerAddress: text },
    ["User-Agent", text],
  );
  const named = new Exchange(text, exchange.request, exchange.startedAtMs, exchange.startedMonotonicMs);
  named.operation = { id: text, method: text, template: `/${text}`, tags: [] };
  named.principal = {
    ...ALICE,
    subject: text,
    client: text,
    issuer: text,
    scheme: text,
    roles: [text],
    scopes: new Set([text]),
  };
  named.trace = { traceId: text, spanId: text, parentId: text, flags: text };
  named.tlsVersion = text;
  named.tlsCipher = text;
  named.policyVersion = text;
  named.denial = deny("authorization.role-missing", {
    detail: text,
    internal: text,
    violations: [{ in: "body", at: text, message: text }],
  });
  named.deniedBy = text;
  named.note({ guard: text, kind: "noticed", text });
  named.limited({ name: text, limit: 1, windowSeconds: 1, remaining: 1, resetSeconds: 1 });
  named.failed(text, new Error(text));
  return named;
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

describe("forged lines", () => {
  it.each([...HOSTILE, ...HOSTILE.filter((text) => wire(text) !== text).map(wire)])(
    "%j stays inside its field",
    (text) => {
      const { line, text: plain, coloured, event } = record(hostileExchange(text));
      expect(line).not.toMatch(DECEPTIVE);
      expect(plain).not.toMatch(DECEPTIVE);
      expect(coloured.replace(OWN_COLOURS, "")).not.toMatch(DECEPTIVE);
      // Who decodes the event and prints a field is safe as well.
      expect(strings(event).filter((value) => DECEPTIVE.test(value))).toEqual([]);
      expect(event.event.action).toBe("authz_fail");
    },
  );

  it("holds for any text (property)", () => {
    assert(
      property(string({ unit: "binary", maxLength: 60 }), (text) => {
        const { line, text: plain, event } = record(hostileExchange(text));
        expect(line).not.toMatch(DECEPTIVE);
        expect(plain).not.toMatch(DECEPTIVE);
        expect(event.event.outcome).toBe("failure");
      }),
      { numRuns: 300 },
    );
  });

  it("writes out what is deceptive and keeps what is not", () => {
    expect(visible("Zoë 訂單 naïve")).toBe("Zoë 訂單 naïve");
    expect(visible("a\nb\u202e")).toBe("a\\u{a}b\\u{202e}");
    expect(JSON.parse(quoted("a\nb", 10))).toBe("a\\u{a}b");
    expect(JSON.parse(quoted('"\\', 10))).toBe('"\\');
    expect(JSON.parse(quoted("abcdef", 5))).toBe("ab...");
  });

  it("reads what a client sent as UTF-8 where it is that, and as it is where it is not", () => {
    const agent = (text: string) => record(answeredExchange({}, ["User-Agent", text])).event.user_agent?.original;
    expect(agent(wire("Café 訂單/1.0"))).toBe("Café 訂單/1.0");
    expect(agent("Caf\u00e9/1.0")).toBe("Café/1.0");
    // A line break in two bytes where one is enough, a lone surrogate: no UTF-8, and nothing is made of them.
    expect(agent("a\u00c0\u008a b")).toBe("aÀ\\u{8a} b");
    expect(agent("a\u00ed\u00a0\u0080")).toBe("aí\u00a0\\u{80}");
    expect(agent(wire("\ufeffx"))).toBe("\\u{feff}x");
    const rejected = exchangeOf({ path: wire("/größe/訂單") });
    expect(record(rejected).event.url?.path).toBe("/größe/訂單");
  });

  it("cuts a user agent and a method that are too long", () => {
    const { event } = record(answeredExchange({ method: "M".repeat(100) }, ["User-Agent", "a b ".repeat(1_000)]));
    expect(event.user_agent?.original).toHaveLength(256);
    expect(event.http.request.method).toHaveLength(32);
  });
});

describe("timestamps", () => {
  it("are what Date says, in any order of times (property)", () => {
    const timestamps = new Timestamps();
    assert(
      property(integer({ min: -1e12, max: 4e12 }), (timeMs) => {
        expect(timestamps.text(timeMs)).toBe(new Date(timeMs).toISOString());
      }),
    );
    expect(timestamps.text(1_000.75)).toBe("1970-01-01T00:00:01.000Z");
  });
});
