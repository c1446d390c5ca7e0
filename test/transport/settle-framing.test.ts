// Settling heads: framing, methods and hosts (section F), as values of the settler.
import { describe, expect, it } from "vitest";
import { parseContentLength } from "../../src/transport/request-fields.ts";
import { accepted, settle, verdict } from "./incoming.ts";
import { others } from "../http/others.ts";

const INVALID = "transport.fields-invalid";
const MISFRAMED = "transport.framing-invalid";

it("settles a good request without changing a byte of it", () => {
  const lines = ["x-ODD-case", " v", "Content-Length", "12"];
  const head = accepted({ method: "POST", target: "/Orders/7?a=1&a=%20&b", lines });
  expect(head).toMatchObject({
    method: "POST",
    target: "/Orders/7?a=1&a=%20&b",
    path: "/Orders/7",
    query: "a=1&a=%20&b",
    authority: "api.example.com",
    clientAddress: "192.0.2.1",
    clientAddressFrom: "peer",
    secure: false,
    hasBody: true,
    contentLength: 12,
  });
  expect(head.fields.lines).toEqual(["Host", "api.example.com", ...lines]);
  expect(head.fields.get("x-odd-case")).toBe(" v");
  expect(accepted({ target: "/a" })).toMatchObject({ path: "/a", query: undefined, hasBody: false });
  expect(accepted({ target: "/a?" })).toMatchObject({ path: "/a", query: "" });
});

describe("framing", () => {
  it("F01 refuses Content-Length beside Transfer-Encoding, in either order", () => {
    expect(verdict({ lines: ["Content-Length", "5", "Transfer-Encoding", "chunked"] })).toBe(MISFRAMED);
    expect(verdict({ lines: ["Transfer-Encoding", "chunked", "Content-Length", "0"] })).toBe(MISFRAMED);
  });

  it("F02 takes lengths that are plain numbers, once", () => {
    expect(accepted({ lines: ["Content-Length", "0"] })).toMatchObject({ hasBody: false, contentLength: 0 });
    expect(parseContentLength("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
    expect(
      others(
        [
          "",
          "+5",
          "-5",
          "05",
          "00",
          "0x5",
          "5,5",
          "5, 5",
          " 5",
          "5 ",
          "1 2",
          "5.0",
          "1e3",
          "9007199254740992",
          "99999999999999999",
          "٣",
          "5	",
          "five",
        ],
        (value) => parseContentLength(value),
        -1,
      ),
    ).toEqual([]);
    expect(verdict({ lines: ["Content-Length", "05"] })).toBe(MISFRAMED);
    expect(verdict({ lines: ["Content-Length", "5", "content-length", "5"] })).toBe(MISFRAMED);
    expect(verdict({ lines: ["Content-Length", "5", "Content-Length", "6"] })).toBe(MISFRAMED);
  });

  it("F03 takes exactly `chunked`, in any letter case", () => {
    expect(accepted({ method: "POST", lines: ["Transfer-Encoding", "Chunked"] }).hasBody).toBe(true);
    expect(
      others(
        [
          "	chunked",
          "chunked	",
          "chunked,",
          ",chunked",
          '"chunked"',
          "chunked;a=b",
          "xchunked",
          "chunkedx",
          "identity",
          "chunked, chunked",
          "gzip, chunked",
          "chunked, identity",
          "",
          " chunked",
        ],
        (value) => verdict({ lines: ["Transfer-Encoding", value] }),
        MISFRAMED,
      ),
    ).toEqual([]);
    expect(verdict({ lines: ["Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"] })).toBe(MISFRAMED);
    expect(verdict({ lines: ["Transfer_Encoding", "chunked"] })).toBe(INVALID);
    expect(verdict({ lines: ["Content_Length", "5"] })).toBe(INVALID);
  });

  it("F04 refuses Transfer-Encoding in HTTP/1.0", () => {
    expect(verdict({ protocol: "HTTP/1.0", lines: ["Transfer-Encoding", "chunked"] })).toBe(MISFRAMED);
    expect(verdict({ protocol: "HTTP/1.0", lines: ["Content-Length", "5"] })).toBe("accepted");
  });

  it("F08 refuses names that are no tokens", () => {
    expect(
      others(
        ["", "X Field", "X-Field ", "X:", "X\u00e9", "X\u0000", "X(", "X\r"],
        (name) => verdict({ lines: [name, "v"] }),
        INVALID,
      ),
    ).toEqual([]);
  });

  it("F09 refuses bare CR, bare LF, NUL and folded lines in values", () => {
    expect(
      others(
        ["a\rb", "a\nb", "a\r\n b", "a\u0000", "\u007f", "a\u001bb"],
        (value) => verdict({ lines: ["X-Field", value] }),
        INVALID,
      ),
    ).toEqual([]);
    expect(verdict({ lines: ["X-Field", "tab\there \u00fc"] })).toBe("accepted");
  });

  it("F16 refuses too many fields, too large heads and too long targets, each at its edge", () => {
    const many = (count: number) => Array.from({ length: count - 1 }, (_, i) => [`X-F${i}`, "v"]).flat();
    expect(verdict({ lines: many(100) })).toBe("accepted");
    expect(verdict({ lines: many(101) })).toBe("transport.fields-too-large");
    const room = 16 * 1024 - "Hostapi.example.com".length - 4 - "X-Long".length - 4;
    expect(verdict({ lines: ["X-Long", "v".repeat(room)] })).toBe("accepted");
    expect(verdict({ lines: ["X-Long", "v".repeat(room + 1)] })).toBe("transport.fields-too-large");
    expect(verdict({ target: `/${"a".repeat(8_191)}` })).toBe("accepted");
    expect(verdict({ target: `/${"a".repeat(8_192)}` })).toBe("transport.target-too-long");
  });
});

it("says why in the record and never repeats a value", () => {
  const denial = settle({ lines: ["Authorization", "Bearer secret", "authorization", "Bearer other"] });
  expect(denial).toEqual({ kind: "deny", reason: INVALID, internal: "authorization twice" });
  expect(JSON.stringify(settle({ target: "/secret/../x" }))).not.toContain("secret");
});
