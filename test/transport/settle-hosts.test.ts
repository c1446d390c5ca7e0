// Guards which host a request may name, by which method, over which protocol (F10 to F18).
import { describe, expect, it } from "vitest";
import { accepted, verdict } from "./incoming.ts";
import { others } from "../http/others.ts";

const INVALID = "transport.fields-invalid";
const MISFRAMED = "transport.framing-invalid";

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
