// The target reader: what two readers could take for different things is refused, the rest is left alone.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeTarget } from "../../src/http/target.ts";
import { others } from "./others.ts";

const judge = (target: string) => judgeTarget(target, false);
/** Those targets that are not accepted with their path up to the first question mark. */
const refused = (targets: readonly string[]) =>
  targets.filter((target) => judge(target) !== (target.includes("?") ? target.indexOf("?") : target.length));

describe("the path", () => {
  it("accepts what RFC 3986 allows and everybody reads alike", () => {
    expect(
      refused([
        "/",
        "/orders",
        "/orders/7",
        "/orders/",
        "/a.b/c..d/...",
        "/.well-known/x",
        "/..a",
        "/a..",
        "/-_~!$&'()*+,=:@",
        "/me%40example.com",
        "/a%20b",
        "/100%25",
        "/100%25-5",
        "/%25z1",
        "/caf%C3%A9",
        "/%E2%82%AC",
        "/%F0%9F%98%80",
        "/%3A",
      ]),
    ).toEqual([]);
  });

  it("G01 refuses dot segments in every spelling", () => {
    expect(
      others(
        ["/..", "/.", "/a/../b", "/a/./b", "/a/..", "/a/.", "/../", "/a/..?x=1", "/.?x"],
        (target) => judge(target),
        "dot-segment",
      ),
    ).toEqual([]);
    expect(
      others(
        ["/%2e", "/%2E%2e/a", "/a/.%2e/b", "/a/%2e./b", "/a%2eb"],
        (target) => judge(target),
        "encoded-unreserved",
      ),
    ).toEqual([]);
    expect(others(["/..;/a", "/a/..;x=1/b", "/.;"], (target) => judge(target), "dot-segment")).toEqual([]);
    expect(judgeTarget("/a/..;/b", true)).toBe("dot-segment");
  });

  it("G02 refuses encoded slashes and backslashes", () => {
    for (const target of ["/a%2fb", "/a%2Fb", "/a%5cb", "/a%5Cb", "/a\\b", "\\\\a"]) {
      expect(["encoded-slash", "form"]).toContain(judge(target));
    }
  });

  it("G03 refuses double encoding, however the second layer is spelled", () => {
    expect(
      others(
        ["/%252e%252e/", "/%252f", "/a%25%32%66", "/%25%32f", "/%252%66", "/%2541"],
        (target) => judge(target),
        "double-encoding",
      ),
    ).toEqual([]);
  });

  it("G03 refuses overlong, cut, surrogate and other invalid UTF-8", () => {
    expect(
      others(
        [
          "/%c0%ae",
          "/%c0%af",
          "/%e0%80%af",
          "/%f0%80%80%af",
          "/%ed%a0%80",
          "/%f4%90%80%80",
          "/%ff",
          "/%80",
          "/%c3",
          "/%c3/a",
          "/%c3%28",
          "/%e2%82",
          "/%e2%82a",
          "/%c3?x",
          "/%c2%85",
        ],
        (target) => judge(target),
        "utf-8-invalid",
      ),
    ).toEqual([]);
  });

  it("G03 refuses control characters, plain and encoded, and bad percent signs", () => {
    expect(
      others(
        ["/%00", "/a%0d%0aX: y", "/%7f", "/%1F", "/a\u0000", "/a\tb", "/a\r\nb", "/a\u007f"],
        (target) => judge(target),
        "control",
      ),
    ).toEqual([]);
    expect(
      others(["/%", "/%4", "/%zz", "/%u002f", "/a% b", "/%-1"], (target) => judge(target), "percent-invalid"),
    ).toEqual([]);
  });

  it("G04 refuses empty segments and path parameters", () => {
    expect(others(["//", "//evil.example/a", "/a//b", "/a//"], (target) => judge(target), "empty-segment")).toEqual([]);
    expect(others(["/a;b", "/a;b=1/c", "/a%3bb", "/a%3Bb", "/;"], (target) => judge(target), "path-parameter")).toEqual(
      [],
    );
    expect(judgeTarget("/orders/;id=7", true)).toBe("/orders/;id=7".length);
  });

  it("G05 refuses a fragment", () => {
    expect(others(["/a#b", "/a?b#c", "/#"], (target) => judge(target), "fragment")).toEqual([]);
  });

  it("L02 G07 refuses encoded letters, digits and marks, which would be another spelling of a literal path", () => {
    expect(
      others(
        ["/%61dmin", "/adm%69n", "/%41", "/%30", "/%2d", "/%5f", "/%7e", "/%7E"],
        (target) => judge(target),
        "encoded-unreserved",
      ),
    ).toEqual([]);
  });

  it("refuses what must be encoded, and raw bytes beyond ASCII", () => {
    expect(
      others(
        ["/a b", '/a"', "/<x>", "/{id}", "/a|b", "/a^b", "/`", "/[x]", "/caf\u00e9", "/\u2215"],
        (target) => judge(target),
        "character",
      ),
    ).toEqual([]);
  });

  it("F11 F12 refuses every form but the origin's", () => {
    expect(
      others(
        ["http://localhost/", "*", "localhost:443", "", "a/b", "?x", "//"],
        (target) => typeof judge(target),
        "string",
      ),
    ).toEqual([]);
  });
});

describe("the query", () => {
  it("G06 is kept as it is: brackets, duplicates, twice encoded data, no value", () => {
    expect(
      refused(
        [
          "",
          "a=1&a=2",
          "a[]=1&a[b]=2",
          "a.b=1",
          "u=https%3A%2F%2Fx%2F%2520",
          "q=a+b%20c",
          "flag",
          "q=%0a",
          "/../",
          "?",
          ";",
        ].map((query) => `/orders?${query}`),
      ),
    ).toEqual([]);
  });

  it("G03 refuses controls, bad percent-encoding, invalid UTF-8, NUL and raw bytes beyond ASCII", () => {
    expect(judge("/?a=\r\nb")).toBe("control");
    expect(judge("/?a=\u007f")).toBe("control");
    expect(judge("/?a=%00")).toBe("control");
    expect(judge("/?a=100%")).toBe("percent-invalid");
    expect(judge("/?a=%c0%af")).toBe("utf-8-invalid");
    expect(judge("/?a=\u00e9")).toBe("character");
    expect(judge("/?a=b c")).toBe("character");
  });
});

it("whatever is accepted survives a URL parser and one decoding unchanged in shape", () => {
  const piece = fc.constantFrom(
    "/",
    ".",
    "..",
    "%2e",
    "%2F",
    "%25",
    "2",
    "e",
    "f",
    "a",
    ";",
    "\\",
    "%C3%A9",
    "%",
    "?",
    "#",
    "é",
    "%5c",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const target = `/${pieces.join("")}`;
      const verdict = judge(target);
      if (typeof verdict === "string") return;
      const path = target.slice(0, verdict);
      const url = new URL(target, "http://h.example");
      expect(url.pathname).toBe(path);
      expect(url.host).toBe("h.example");
      const once = decodeURIComponent(path);
      expect(once.split("/")).toHaveLength(path.split("/").length);
      expect(once).not.toMatch(/%[0-9a-f]{2}/i);
    }),
    { numRuns: 3_000 },
  );
});
