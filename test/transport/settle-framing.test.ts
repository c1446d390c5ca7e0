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

describe("hosts", () => {
  it("F10 refuses a host that is missing, twice, empty, a list, or no host", () => {
    expect(verdict({ rawFields: [] })).toBe(INVALID);
    expect(verdict({ rawFields: [], protocol: "HTTP/1.0" })).toBe(INVALID);
    expect(verdict({ lines: ["host", "api.example.com"] })).toBe(INVALID);
    expect(
      others(
        [
          "",
          "a,b",
          "a, b",
          "a/b",
          "user@a",
          "a:b@c",
          "a b",
          "a?b",
          "a#b",
          "a\\b",
          "a%2eb",
          "http://a",
          "*",
          "a:b",
          "a:",
          "a:0",
          "a:65536",
          "a:+1",
          "a:80:80",
          "[::1",
          "[::1]x",
          "[1.2.3.4]",
          "::1",
          ".",
          "..",
          "a..b",
          ".a",
          "127.1",
          "1.2.3.256",
        ],
        (host) => verdict({ rawFields: ["Host", host] }),
        INVALID,
      ),
    ).toEqual([]);
    expect(
      others(
        [
          "a",
          "A.b.",
          "a_b",
          "a:1",
          "a:65535",
          "[::1]",
          "[2001:db8::1]:8443",
          "127.0.0.1:8080",
          "xn--bcher-kva.example",
        ],
        (host) => verdict({ rawFields: ["Host", host] }),
        "accepted",
      ),
    ).toEqual([]);
  });

  it("F10 answers only for the hosts that it knows", () => {
    const options = { trustedProxies: [], authorities: ["API.example.com", "localhost:8443"] };
    expect(
      others(
        ["api.example.com", "API.EXAMPLE.COM", "api.example.com:443", "api.example.com.", "localhost:8443"],
        (host) => verdict({ rawFields: ["Host", host] }, options),
        "accepted",
      ),
    ).toEqual([]);
    expect(
      others(
        [
          "evil.example",
          "api.example.com.evil.example",
          "xapi.example.com",
          "localhost",
          "localhost:8444",
          "192.0.2.9",
        ],
        (host) => verdict({ rawFields: ["Host", host] }, options),
        "transport.authority-unknown",
      ),
    ).toEqual([]);
  });
});

describe("methods and what asks for another protocol", () => {
  it("F12 takes the methods of an API only", () => {
    expect(
      others(
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"],
        (method) => verdict({ method }),
        "accepted",
      ),
    ).toEqual([]);
    expect(
      others(
        ["CONNECT", "TRACE", "TRACK", "get", "Get", "PROPFIND", "FOO", "", "GET ", "PRI", "__proto__"],
        (method) => verdict({ method }),
        "transport.method-not-supported",
      ),
    ).toEqual([]);
    expect(verdict({ target: "*" })).toBe("transport.target-invalid");
    expect(verdict({ method: "OPTIONS", target: "*" })).toBe("transport.target-invalid");
  });

  it("F11 refuses the absolute form, whether it agrees with Host or not", () => {
    expect(verdict({ target: "http://api.example.com/orders" })).toBe("transport.target-invalid");
    expect(verdict({ target: "http://evil.example/orders" })).toBe("transport.target-invalid");
  });

  it("F13 refuses every upgrade", () => {
    for (const value of ["h2c", "websocket", "TLS/1.0", "x"]) {
      expect(verdict({ lines: ["Connection", "Upgrade", "Upgrade", value] })).toBe("transport.upgrade-not-supported");
    }
    expect(verdict({ lines: ["Connection", "Upgrade, HTTP2-Settings"] })).toBe("transport.upgrade-not-supported");
  });

  it("F14 knows one expectation", () => {
    expect(verdict({ lines: ["Expect", "100-Continue"] })).toBe("accepted");
    expect(
      others(
        ["", "200-ok", "100-continue, x", "x 100-continue"],
        (value) => verdict({ lines: ["Expect", value] }),
        "transport.expectation-failed",
      ),
    ).toEqual([]);
  });

  it("F15 refuses a Connection that names a field, for it would be gone after it was judged", () => {
    expect(
      others(
        ["keep-alive", "close", "Keep-Alive, TE", "close,", " close ", "TE, Trailer", ""],
        (value) => verdict({ lines: ["Connection", value] }),
        "accepted",
      ),
    ).toEqual([]);
    expect(
      others(
        ["Authorization", "close, X-Forwarded-For", "Content-Length", "x-tenant", "Host", "cookie"],
        (value) => verdict({ lines: ["Connection", value] }),
        INVALID,
      ),
    ).toEqual([]);
  });
});

describe("HTTP/2", () => {
  const h2 = { protocol: "HTTP/2.0" as const, authority: "api.example.com", rawFields: [] as string[], hasBody: false };

  it("F18 takes :authority for the host, and a Host only where it says the same", () => {
    expect(accepted(h2)).toMatchObject({ authority: "api.example.com", protocol: "HTTP/2.0", hasBody: false });
    expect(verdict({ ...h2, rawFields: ["host", "API.example.com"] })).toBe("accepted");
    expect(verdict({ ...h2, rawFields: ["host", "evil.example"] })).toBe(INVALID);
    expect(verdict({ ...h2, authority: "user@api.example.com" })).toBe(INVALID);
    expect(verdict({ protocol: "HTTP/2.0", rawFields: [] })).toBe(INVALID);
  });

  it("F18 refuses capitals, control characters and fields of the connection", () => {
    expect(verdict({ ...h2, rawFields: ["X-Field", "v"] })).toBe(INVALID);
    expect(verdict({ ...h2, rawFields: ["Accept", "v"] })).toBe(INVALID);
    expect(verdict({ ...h2, rawFields: ["x-field", "a\r\nb"] })).toBe(INVALID);
    expect(verdict({ ...h2, rawFields: [":path", "/x"] })).toBe(INVALID);
    expect(
      others(
        ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"],
        (name) => verdict({ ...h2, rawFields: [name, "close"] }),
        MISFRAMED,
      ),
    ).toEqual([]);
    expect(verdict({ ...h2, rawFields: ["te", "trailers"] })).toBe("accepted");
    expect(verdict({ ...h2, rawFields: ["te", "gzip"] })).toBe(MISFRAMED);
  });

  it("F18 sees a body where the stream is open, and refuses a length without one", () => {
    expect(accepted({ ...h2, hasBody: true })).toMatchObject({ hasBody: true, contentLength: undefined });
    expect(verdict({ ...h2, rawFields: ["content-length", "5"] })).toBe(MISFRAMED);
    expect(verdict({ ...h2, hasBody: true, rawFields: ["content-length", "5"] })).toBe("accepted");
  });
});

it("says why in the record and never repeats a value", () => {
  const denial = settle({ lines: ["Authorization", "Bearer secret", "authorization", "Bearer other"] });
  expect(denial).toEqual({ kind: "deny", reason: INVALID, internal: "authorization twice" });
  expect(JSON.stringify(settle({ target: "/secret/../x" }))).not.toContain("secret");
});
