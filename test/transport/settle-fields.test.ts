// Settling heads: duplicates, aliases, overrides, and who the client is (sections G and L).
import { describe, expect, it } from "vitest";
import { ProblemsError } from "../../src/openapi/located.ts";
import { createSettler } from "../../src/transport/settle.ts";
import { accepted, verdict } from "./incoming.ts";
import { others } from "../http/others.ts";

const INVALID = "transport.fields-invalid";

it("G08 refuses what asks for another method", () => {
  expect(
    others(
      ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override", "X-Http-Method-Override"],
      (name) => verdict({ method: "POST", lines: [name, "DELETE"] }),
      "transport.method-override",
    ),
  ).toEqual([]);
  expect(verdict({ method: "POST", lines: ["X_HTTP_Method_Override", "DELETE"] })).toBe(INVALID);
  expect(
    others(
      [
        "_method=DELETE",
        "a=1&_method=PUT",
        "%5fmethod=DELETE",
        "_%6dethod=x",
        "%5F%6d%65%74%68%6f%64",
        "_method",
        ".method=x",
        "%2emethod",
        "+_method",
        "a&%20%20.method",
        "_method[a]",
      ],
      (query) => verdict({ method: "POST", target: `/a?${query}` }),
      "transport.method-override",
    ),
  ).toEqual([]);
  expect(
    others(
      [
        "method=x",
        "_methods=x",
        "a._method",
        "._method",
        "+method",
        "__method",
        "a=_method",
        "_=1",
        "%5f=1",
        "_Method=1",
      ],
      (query) => verdict({ method: "POST", target: `/a?${query}` }),
      "accepted",
    ),
  ).toEqual([]);
  // WordPress asks nobody which method it was.
  expect(verdict({ target: "/a?_method=DELETE" })).toBe("transport.method-override");
});

it("G09 refuses other spellings of the fields that count", () => {
  expect(
    others(
      [
        "X_Forwarded_For",
        "x-forwarded_for",
        "X_Real_IP",
        "Content_Type",
        "X.Forwarded.For",
        "SSL_Client_Cert",
        "x_original_url",
      ],
      (name) => verdict({ lines: [name, "v"] }),
      INVALID,
    ),
  ).toEqual([]);
  expect(
    others(
      ["api_key", "x_tenant", "User-Agent", "x-forwarded-server"],
      (name) => verdict({ lines: [name, "v"] }),
      "accepted",
    ),
  ).toEqual([]);
});

it("G12 refuses two of what can only be one", () => {
  const names = [
    "Authorization",
    "Cookie",
    "Content-Type",
    "Content-Encoding",
    "DPoP",
    "Origin",
    "User-Agent",
    "Range",
  ];
  expect(others(names, (name) => verdict({ lines: [name, "a", name.toLowerCase(), "a"] }), INVALID)).toEqual([]);
  expect(others(names, (name) => verdict({ lines: [name, "a"] }), "accepted")).toEqual([]);
  expect(verdict({ lines: ["aUTHORIZATION", "a", "AUTHORIZATION", "b"] })).toBe(INVALID);
  expect(verdict({ lines: ["Accept", "a", "Accept", "b", "X-Any", "1", "X-Any", "2"] })).toBe("accepted");
});

describe("the client's address", () => {
  const trusting = { trustedProxies: ["10.0.0.0/8", "fd00::/8"] };
  const from = (peerAddress: string, ...lines: string[]) => ({ peerAddress, lines });
  const client = (change: ReturnType<typeof from>, options: Parameters<typeof accepted>[1] = trusting) => {
    const head = accepted(change, options);
    return [head.clientAddress, head.clientAddressFrom];
  };

  it("L01 G10 a stranger's word about itself is never read", () => {
    for (const lines of [
      ["X-Forwarded-For", "198.51.100.9"],
      ["Forwarded", "for=198.51.100.9"],
      ["X-Real-IP", "198.51.100.9"],
      ["True-Client-IP", "198.51.100.9", "CF-Connecting-IP", "198.51.100.9"],
      ["X-Forwarded-For", "garbage, , \u00ff"],
    ]) {
      expect(client(from("203.0.113.5", ...lines))).toEqual(["203.0.113.5", "peer"]);
      expect(client(from("10.0.0.1", ...lines), { trustedProxies: [] })).toEqual(["10.0.0.1", "peer"]);
    }
  });

  it("L01 behind trusted proxies it is the rightmost stranger, whatever stands to its left", () => {
    const chain = (...lines: string[]) =>
      client(from("10.0.0.1", ...lines.flatMap((line) => ["X-Forwarded-For", line])));
    expect(chain("203.0.113.5")).toEqual(["203.0.113.5", "x-forwarded-for"]);
    expect(chain("1.1.1.1, 203.0.113.5")).toEqual(["203.0.113.5", "x-forwarded-for"]);
    expect(chain("garbage, 203.0.113.5 ,10.9.9.9")).toEqual(["203.0.113.5", "x-forwarded-for"]);
    expect(chain("1.1.1.1", "203.0.113.5", "10.9.9.9, 10.8.8.8")).toEqual(["203.0.113.5", "x-forwarded-for"]);
    expect(chain("10.2.2.2, 10.3.3.3")).toEqual(["10.2.2.2", "x-forwarded-for"]);
    expect(chain("203.0.113.5:4711")).toEqual(["203.0.113.5", "x-forwarded-for"]);
    expect(chain("[2001:DB8::1]:4711, fd00::7")).toEqual(["2001:db8::1", "x-forwarded-for"]);
    expect(chain("203.0.113.5, unknown")).toEqual(["10.0.0.1", "x-forwarded-for"]);
  });

  it("a trusted proxy that says nothing is its own client; one that says nonsense is refused", () => {
    expect(client(from("10.0.0.1"))).toEqual(["10.0.0.1", "peer"]);
    expect(
      others(
        ["", "garbage", "203.0.113.5,", "1.1.1.1, nonsense", "203.0.113", "203.0.113.5:x"],
        (value) => verdict(from("10.0.0.1", "X-Forwarded-For", value), trusting),
        INVALID,
      ),
    ).toEqual([]);
  });

  it("L01 only the configured field is read: the other may be a client's, passed on", () => {
    const lines = ["X-Forwarded-For", "203.0.113.5", "Forwarded", "for=198.51.100.9"];
    expect(client(from("10.0.0.1", ...lines))).toEqual(["203.0.113.5", "x-forwarded-for"]);
    const forwarded = { ...trusting, clientAddressField: "forwarded" as const };
    expect(client(from("10.0.0.1", ...lines), forwarded)).toEqual(["198.51.100.9", "forwarded"]);
    expect(
      client(from("10.0.0.1", "Forwarded", 'for=1.1.1.1, for="[2001:db8::9]:1";proto=https, for=10.1.1.1'), forwarded),
    ).toEqual(["2001:db8::9", "forwarded"]);
    expect(client(from("10.0.0.1", "Forwarded", "for=_hidden"), forwarded)).toEqual(["10.0.0.1", "forwarded"]);
    expect(verdict(from("10.0.0.1", "Forwarded", 'for="1.1.1.1, for=203.0.113.5'), forwarded)).toBe(INVALID);
  });

  it("L04 has one spelling for peers too", () => {
    expect(client(from("::ffff:203.0.113.5"))).toEqual(["203.0.113.5", "peer"]);
    expect(client(from("::ffff:10.0.0.1", "X-Forwarded-For", "::ffff:203.0.113.9"))).toEqual([
      "203.0.113.9",
      "x-forwarded-for",
    ]);
    expect(client(from("fe80::1%eth0"))).toEqual(["fe80::1", "peer"]);
    expect(client(from(""))).toEqual(["", "peer"]);
  });

  it("believes X-Forwarded-Proto of trusted proxies only, and of theirs the last", () => {
    const secure = (peerAddress: string, ...lines: string[]) => accepted({ peerAddress, lines }, trusting).secure;
    expect(secure("203.0.113.5", "X-Forwarded-Proto", "https")).toBe(false);
    expect(secure("10.0.0.1", "X-Forwarded-Proto", "https")).toBe(true);
    expect(secure("10.0.0.1", "X-Forwarded-Proto", "https, http")).toBe(false);
    expect(secure("10.0.0.1", "X-Forwarded-Proto", "http, HTTPS")).toBe(true);
    expect(secure("10.0.0.1", "X-Forwarded-Proto", "https", "X-Forwarded-Proto", "nonsense")).toBe(false);
    expect(secure("10.0.0.1")).toBe(false);
    expect(accepted({ peerAddress: "10.0.0.1", secure: true }, trusting).secure).toBe(true);
    expect(
      accepted({ peerAddress: "203.0.113.5", secure: true, lines: ["X-Forwarded-Proto", "http"] }, trusting).secure,
    ).toBe(true);
  });

  it("refuses a list of proxies that means everybody or nobody", () => {
    for (const entry of ["0.0.0.0/0", "::/0", "lb.example.com", "10.0.0.1/8"]) {
      expect(() => createSettler({ trustedProxies: [entry] })).toThrow(ProblemsError);
    }
  });
});
