// What answers look like once transport has cleaned them (section R).
import { describe, expect, it } from "vitest";
import type { AnswerHead, Exchange } from "../../src/core/exchange.ts";
import { Fields } from "../../src/http/fields.ts";
import { TOLD_REFUSAL, toldRefusal } from "../../src/http/told-refusal.ts";
import { answerGuard } from "../../src/transport/answer-guard.ts";
import { exchangeOf } from "./incoming.ts";
import { others } from "../http/others.ts";

const HSTS = "max-age=63072000; includeSubDomains; preload";

function cleaned(
  lines: string[],
  exchange: Exchange = exchangeOf(),
  origin: AnswerHead["origin"] = "upstream",
  hsts?: string,
) {
  const answer: AnswerHead = { origin, status: 200, lines };
  const outcome = answerGuard({ hsts }).head?.(exchange, answer);
  return { outcome, fields: new Fields(answer.lines) };
}

it("keeps what the API says, in its spelling", () => {
  const lines = [
    "Content-Type",
    "text/html",
    "ETag",
    '"1"',
    "Set-Cookie",
    "a=1",
    "set-cookie",
    "b=2",
    "X-Own",
    "v",
    "Content-Length",
    "2",
  ];
  const added = ["X-Content-Type-Options", "nosniff", "Cache-Control", "no-store"];
  expect(cleaned(lines).fields.lines).toEqual([...lines, ...added]);
});

it("R05 drops names and versions of what runs behind", () => {
  const said = [
    "Server",
    "X-Powered-By",
    "x-aspnet-version",
    "X-AspNetMvc-Version",
    "Via",
    "X-Generator",
    "X-Runtime",
    "Alt-Svc",
  ];
  const { fields } = cleaned([...said, "X-Debug-Token", "X-Served-By"].flatMap((name) => [name, "nginx/1.2.3"]));
  expect(fields.lines.join()).not.toContain("nginx");
});

it("drops what is between two hops, also what Connection names", () => {
  const { fields } = cleaned([
    "Connection",
    "close, X-Hop, Content-Length",
    "X-Hop",
    "1",
    "Keep-Alive",
    "x",
    "Transfer-Encoding",
    "chunked",
    "Trailer",
    "x",
    "Upgrade",
    "h2",
    "Content-Length",
    "2",
  ]);
  expect(
    others(
      ["connection", "x-hop", "keep-alive", "transfer-encoding", "trailer", "upgrade"],
      (name) => fields.has(name),
      false,
    ),
  ).toEqual([]);
  expect(fields.get("content-length")).toBe("2");
});

it("R07 refuses an answer whose fields would split it", () => {
  for (const [name, value] of [
    ["X-A", "a\r\nSet-Cookie: b"],
    ["X-A", "a\nb"],
    ["X-A", "a\u0000"],
    ["X A", "b"],
    ["X-A\r\nB", "c"],
  ] as const) {
    expect(cleaned([name, value]).outcome).toMatchObject({ kind: "deny", reason: "transport.upstream-invalid" });
  }
});

describe("R06 caching", () => {
  it("answers to known callers are not stored unless they say so", () => {
    const known = exchangeOf({ lines: ["Authorization", "Bearer x"] });
    expect(cleaned([], known).fields.get("cache-control")).toBe("no-store");
    expect(cleaned(["cache-control", "private, max-age=60"], known).fields.all("cache-control")).toEqual([
      "private, max-age=60",
    ]);
    expect(cleaned([], exchangeOf()).fields.has("cache-control")).toBe(false);
    const byKey = exchangeOf();
    byKey.credentials = [{ scheme: "key", principal: byKey.principal }];
    expect(cleaned([], byKey).fields.get("cache-control")).toBe("no-store");
  });

  it("what the gate answers is never stored", () => {
    expect(cleaned([], exchangeOf(), "gate").fields.get("cache-control")).toBe("no-store");
  });
});

describe("security fields", () => {
  it("HSTS goes over secure connections only, and only the gate's", () => {
    const upstreams = ["Strict-Transport-Security", "max-age=1"];
    expect(
      cleaned(upstreams, exchangeOf({ secure: true }), "upstream", HSTS).fields.all("strict-transport-security"),
    ).toEqual([HSTS]);
    expect(cleaned(upstreams, exchangeOf(), "upstream", HSTS).fields.has("strict-transport-security")).toBe(false);
    expect(cleaned(upstreams, exchangeOf({ secure: true })).fields.has("strict-transport-security")).toBe(false);
  });

  it("data can neither be framed nor load anything; pages keep their own policy", () => {
    for (const type of ["application/json", "application/problem+json; charset=utf-8", "Application/JSON;x=y"]) {
      expect(cleaned(["Content-Type", type]).fields.get("content-security-policy")).toContain("frame-ancestors 'none'");
    }
    expect(
      others(
        ["text/html", "image/png", "application/pdf", "application/jsonx"],
        (type) => cleaned(["Content-Type", type]).fields.has("content-security-policy"),
        false,
      ),
    ).toEqual([]);
    const own = ["Content-Type", "application/json", "Content-Security-Policy", "default-src 'self'"];
    expect(cleaned(own).fields.all("content-security-policy")).toEqual(["default-src 'self'"]);
  });

  it("nosniff is said once", () => {
    expect(cleaned(["x-content-type-options", "sniff"]).fields.all("x-content-type-options")).toEqual(["nosniff"]);
  });
});

describe("what the authorization server tells of a refusal", () => {
  const answered = (value: string, tellsRefusals: boolean, origin: AnswerHead["origin"] = "upstream", status = 401) => {
    const exchange = exchangeOf();
    const answer: AnswerHead = {
      origin,
      status,
      lines: ["Content-Type", "text/html", TOLD_REFUSAL, value, "X-Own", "v"],
    };
    answerGuard({ tellsRefusals }).head?.(exchange, answer);
    return { refused: exchange.refusedBehind, told: new Fields(answer.lines).get(TOLD_REFUSAL.toLowerCase()) };
  };

  it.each(["job", 'a "b"\r\nX: y é'])("is noted, and goes no further: %j", (client) => {
    const refused = { reason: "invalid_client", client };
    expect(answered(toldRefusal("invalid_client", client), true)).toEqual({ refused, told: undefined });
  });

  it("may be a reason of our own, without a client", () => {
    const refused = { reason: "authentication.token-revoked", client: undefined };
    expect(answered(toldRefusal("authentication.token-revoked", undefined), true)).toEqual({
      refused,
      told: undefined,
    });
  });

  it("is nothing where the word is unknown", () => {
    expect(answered("toString", true)).toEqual({ refused: undefined, told: undefined });
  });

  it("is not believed of the API, nor asked of what the gate says itself", () => {
    expect(answered("invalid_client", false)).toEqual({ refused: undefined, told: "invalid_client" });
    expect(answered("invalid_client", true, "gate").refused).toBeUndefined();
  });
});
