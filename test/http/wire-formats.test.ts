// Media types, cookies, trace context, forwarded elements and problem bodies: strict readers and writers.
import { describe, expect, it } from "vitest";
import { cookieValues, readCookies } from "../../src/http/cookies.ts";
import { nodeAddress, parseForwarded } from "../../src/http/forwarded.ts";
import { parseMediaType } from "../../src/http/media-type.ts";
import { problemBody } from "../../src/http/problem.ts";
import { isFieldValue, isToken } from "../../src/http/tokens.ts";
import { continueTrace, formatTraceparent } from "../../src/http/trace-context.ts";
import { others } from "./others.ts";

describe("media types", () => {
  it("reads type, subtype and parameters", () => {
    const json = parseMediaType('Application/JSON ; Charset="utf-8";v=1');
    expect(json?.essence).toBe("application/json");
    expect([...(json?.parameters ?? [])]).toEqual([
      ["charset", "utf-8"],
      ["v", "1"],
    ]);
    expect(parseMediaType('multipart/form-data; boundary="a\\"b"')?.parameters.get("boundary")).toBe('a"b');
    expect(parseMediaType("application/vnd.api+json")?.subtype).toBe("vnd.api+json");
  });

  it("I07 refuses tricks", () => {
    expect(
      others(
        [
          "",
          "json",
          "application/",
          "/json",
          "application/json, text/plain",
          "application/json;",
          "a/b; ;c=d",
          "a/b;c",
          "a/b;c=",
          "a/b; charset=x; Charset=y",
          'a/b; c="open',
          "a/b/c",
          "a /b",
          " a/b",
          "a/b; c = d",
          'a/b; c="d"e',
        ],
        (text) => parseMediaType(text),
        undefined,
      ),
    ).toEqual([]);
  });
});

describe("cookies", () => {
  it("reads pairs in order and keeps duplicates visible", () => {
    const cookies = readCookies('a=1; b="x"; a=2; empty=');
    expect(cookies).toEqual({
      pairs: [
        ["a", "1"],
        ["b", '"x"'],
        ["a", "2"],
        ["empty", ""],
      ],
      wellFormed: true,
    });
    expect(cookieValues(cookies, "a")).toEqual(["1", "2"]);
    expect(readCookies(undefined)).toEqual({ pairs: [], wellFormed: true });
  });

  it("leaves out what is malformed and says so", () => {
    expect(
      others(
        ["", "a", "=1", "a=1;", "a=1;b=2", "a=x y", 'a="x', "a=1,2", "a=\\", "a(b)=1", "a=1;  b=2"],
        (text) => readCookies(text).wellFormed,
        false,
      ),
    ).toEqual([]);
    expect(readCookies("good=1; bad=x y; also=2").pairs).toEqual([
      ["good", "1"],
      ["also", "2"],
    ]);
  });
});

describe("trace context", () => {
  const caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  it("continues the caller's trace with a span of its own", () => {
    const trace = continueTrace(caller);
    expect(trace.traceId).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(trace.parentId).toBe("b7ad6b7169203331");
    expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(trace.spanId).not.toBe(trace.parentId);
    expect(formatTraceparent(trace)).toBe(`00-${trace.traceId}-${trace.spanId}-01`);
    expect(continueTrace(caller.replace(/01$/, "00")).flags).toBe("00");
    expect(continueTrace(caller.replace(/01$/, "ff")).flags).toBe("03");
    expect(continueTrace(`cc${caller.slice(2)}-later`).parentId).toBe("b7ad6b7169203331");
  });

  it("begins a trace where none came or it is malformed", () => {
    for (const text of [
      undefined,
      "",
      caller.toUpperCase(),
      `${caller}-more`,
      `ff${caller.slice(2)}`,
      `cc${caller.slice(2)}x`,
      caller.replace(/0af7651916cd43dd8448eb211c80319c/, "0".repeat(32)),
      caller.replace(/b7ad6b7169203331/, "0".repeat(16)),
      caller.slice(0, 54),
      `${caller}\r\nX: y`,
    ]) {
      const trace = continueTrace(text);
      expect(trace.parentId).toBeUndefined();
      expect(formatTraceparent(trace)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }
  });

  it("gives no identifier twice", () => {
    const ids = new Set(Array.from({ length: 2_000 }, () => continueTrace(undefined).traceId));
    expect(ids.size).toBe(2_000);
  });
});

describe("Forwarded", () => {
  it("reads elements across lines", () => {
    expect(parseForwarded(['for="[2001:db8::1]:47";proto=https, For=192.0.2.1', "by=x;for=_hidden"])).toEqual([
      { for: "[2001:db8::1]:47", proto: "https" },
      { for: "192.0.2.1", proto: undefined },
      { for: "_hidden", proto: undefined },
    ]);
  });

  it("refuses every break of the grammar", () => {
    expect(
      others(
        ["", ",", "for", "for=", "for=a;for=b", 'for="a', "for=a b", "for=a;", "for =a", "for=[::1]", 'for="a"b'],
        (text) => parseForwarded([text]),
        undefined,
      ),
    ).toEqual([]);
  });

  it("reads nodes with and without port", () => {
    expect(nodeAddress("192.0.2.1:4711")).toBe("192.0.2.1");
    expect(nodeAddress("[2001:DB8::1]:1")).toBe("2001:db8::1");
    expect(nodeAddress("2001:db8::1")).toBe("2001:db8::1");
    expect(
      others(
        ["", "192.0.2.1:", "192.0.2.1:x", "[::1", "[::1]x", "[192.0.2.1]", "host", "::1%lo", "unknown"],
        (text) => nodeAddress(text),
        undefined,
      ),
    ).toEqual([]);
  });
});

describe("problem bodies", () => {
  const plain = { status: 401, title: "No.", reason: "authentication.token-expired", requestId: "r-1" };

  it("have the members of RFC 9457 and ours", () => {
    expect(JSON.parse(problemBody(plain))).toEqual({
      type: "urn:portcullis:reason:authentication.token-expired",
      ...plain,
    });
    const violations = [{ in: "body", at: "/password", message: "password is too short", value: "secret" }];
    const full = JSON.parse(problemBody({ ...plain, detail: "more", violations }));
    expect(full.detail).toBe("more");
    expect(full.errors).toEqual([{ in: "body", at: "/password", message: "password is too short" }]);
  });
});

it("R07 F09 field values hold no control character but the tab", () => {
  expect(isFieldValue("a\tb \u00e9~")).toBe(true);
  expect(isFieldValue("")).toBe(true);
  expect(
    others(
      ["a\r\nb", "a\nb", "a\rb", "a\u0000b", "\u007f", "\u001b[0m", "a\n", "\u0100"],
      (text) => isFieldValue(text),
      false,
    ),
  ).toEqual([]);
  expect(isToken("X-Field_1~")).toBe(true);
  expect(others(["", "a b", "a:", "a\u00e9", "(a)"], (text) => isToken(text), false)).toEqual([]);
});
