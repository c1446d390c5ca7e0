// No secret is written: secrets go in through every field of an exchange, and all outputs are searched for them.
import { describe, expect, it } from "vitest";
import { deny } from "../../src/core/outcome.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import { maskedSentence, masked } from "../../src/monitoring/masking.ts";
import { sensitiveParameters } from "../../src/monitoring/index.ts";
import { isSecretName } from "../../src/monitoring/secret-names.ts";
import { ALICE, answeredExchange, exchangeOf } from "./exchanges.ts";
import { record } from "./record.ts";

const JWT =
  "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJhbGljZSIsImp0aSI6IjEifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
const HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const BASE64URL = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/** Everything that any sink could write of the exchange. */
function outputs(exchange: Exchange): string {
  const { line, text, coloured } = record(exchange);
  return `${line}\n${JSON.stringify(JSON.parse(line))}\n${text}\n${coloured}`;
}

describe("secrets", () => {
  it("never come from header fields, the query, the body or the claims", () => {
    const exchange = answeredExchange(
      {
        target: "/orders/7?access_token=query-secret-1",
        query: "access_token=query-secret-1",
        authority: "host-secret-2",
        method: "POST",
      },
      [
        "Authorization",
        "Bearer authorization-secret-3",
        "Cookie",
        "session=cookie-secret-4",
        "X-Api-Key",
        "header-secret-5",
        "Referer",
        "https://x/?code=referer-secret-6",
        "Proxy-Authorization",
        "Basic proxy-secret-7",
        "Forwarded",
        "for=forwarded-secret-8",
      ],
    );
    exchange.body = { kind: "read", bytes: Buffer.from('{"password":"body-secret-9"}') };
    exchange.bodyValue = { password: "body-secret-9" };
    exchange.principal = {
      ...ALICE,
      claims: { note: "claim-secret-10" },
      tokenId: "jti-secret-11",
      session: "session-secret-13",
      boundTo: "bound-secret-12",
    };
    exchange.credentials = [{ scheme: "oauth", principal: exchange.principal }];
    exchange.setAnswerField("Set-Cookie", "answer-secret-13");
    exchange.setUpstreamField("X-User-Token", "upstream-secret-14");
    exchange.denial = deny("authentication.token-expired", { lines: ["WWW-Authenticate", "lines-secret-15"] });
    exchange.note({
      guard: "g",
      kind: "would-deny",
      denial: deny("authentication.token-expired", { lines: ["X", "note-secret-16"] }),
    });
    expect(outputs(exchange)).not.toMatch(/secret-\d/);
  });

  it("never come from the message, properties or stack of a fault", () => {
    const fault = new TypeError(
      `Unexpected token in "fault-secret-1"\n    at fault-secret-2 (/x/fault-secret-3.ts:1:1)`,
      {
        cause: new Error("fault-secret-4"),
      },
    );
    Object.assign(fault, { code: "fault-secret-5", value: "fault-secret-6", name: "fault-secret-7" });
    for (const thrown of [fault, "fault-secret-8", { message: "fault-secret-9" }, null, 7]) {
      const exchange = answeredExchange();
      exchange.failed("validation.body", thrown);
      expect(outputs(exchange)).not.toContain("fault-secret");
      expect(record(exchange).event.error?.message).toContain("validation.body");
    }
  });

  it("tells of a fault what helps: its class, its code in our words, and where", () => {
    const exchange = answeredExchange();
    exchange.failed(
      "gateway.upstream",
      Object.assign(new Error("connect ECONNREFUSED 10.1.2.3"), { code: "ECONNREFUSED" }),
    );
    const { error } = record(exchange).event;
    expect(error).toMatchObject({
      type: "Error",
      code: "ECONNREFUSED",
      message: "gateway.upstream: the connection was refused",
    });
    expect(error?.stack_trace).toMatch(/monitoring\/secrets\.test\.ts:\d+/);
    const wrapped = answeredExchange();
    wrapped.failed(
      "egress",
      new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "ENOTFOUND" }) }),
    );
    expect(record(wrapped).event.error).toMatchObject({ type: "TypeError", code: "ENOTFOUND" });
  });

  it("tells where also in a folder whose name has blanks", () => {
    const exchange = answeredExchange();
    const at = "/srv/my api/routes";
    const stack = `Error: x\n    at run (${at}/a.js:3:4)\n    at new B (C:\\my api\\b.js:5:6)\n    at ${at}/c.js:7:8`;
    exchange.failed("application", Object.assign(new Error("x"), { stack }));
    const told = record(exchange).event.error?.stack_trace;
    expect(told).toMatch(/^run routes\/a\.js:3 < new B .*b\.js:5 < - routes\/c\.js:7$/);
  });

  it.each([
    ["a JWT", JWT],
    ["an announced key", KEY],
    ["a long hexadecimal string", HEX],
    ["a long base64url string", BASE64URL],
  ])("masks %s in every text that somebody else chose", (_, secret) => {
    const exchange = answeredExchange({ path: `/orders/${secret}` }, ["User-Agent", `agent ${secret}`]);
    exchange.denial = deny("validation.request-invalid", {
      detail: `detail ${secret}`,
      internal: `internal ${secret}`,
      violations: [{ in: "body", at: `/${secret}`, message: `${secret} is not known` }],
    });
    exchange.note({ guard: "g", kind: "noticed", text: `text ${secret}` });
    const all = outputs(exchange);
    expect(all).not.toContain(secret);
    expect(all).not.toContain(secret.slice(-20));
    expect(record(exchange).event.url.path).toBe("/orders/[masked]");
  });

  it("masks a token that was taken for a name", () => {
    const exchange = answeredExchange();
    exchange.principal = { ...ALICE, subject: JWT, client: JWT, issuer: JWT };
    expect(outputs(exchange)).not.toContain(JWT.slice(0, 40));
  });

  it("masks credentials and assignments inside sentences", () => {
    const exchange = answeredExchange();
    exchange.denial = deny("authentication.token-malformed", {
      internal:
        'got Bearer abc123secret, password=hunter2secret; "client_secret": "s3secret" from https://user:pw-secret@idp/?code=qsecret',
    });
    const { event } = record(exchange);
    expect(event.portcullis.internal).toBe(
      'got Bearer [masked], password=[masked]; "client_secret": [masked] from https://[masked]@idp/?[masked]',
    );
    expect(outputs(exchange)).not.toMatch(/[0-9w-]secret/);
  });

  it("hashes the token's id with a key", () => {
    const hash = (hashKey: string) => {
      const exchange = answeredExchange();
      exchange.principal = { ...ALICE };
      return record(exchange, { hashKey }).event.portcullis.authentication?.token_hash;
    };
    expect(hash("k".repeat(16))).toMatch(/^[0-9a-f]{32}$/);
    expect(hash("k".repeat(16))).toBe(hash("k".repeat(16)));
    expect(hash("k".repeat(16))).not.toBe(hash("l".repeat(16)));
    expect(() => hash("short")).toThrow(/16 bytes/);
  });
});

describe("paths", () => {
  const RESET = { id: "reset", method: "POST", template: "/users/{user}/reset/{code}.{format}", tags: [] };

  function reset() {
    const exchange = exchangeOf({ path: "/users/alice/reset/123456.json" });
    exchange.operation = RESET;
    exchange.pathParameters = ["alice", "123456", "json"];
    return exchange;
  }

  it("keep the values of parameters that are not sensitive", () => {
    expect(record(reset()).event.url.path).toBe("/users/alice/reset/123456.json");
  });

  it("show the name of a sensitive parameter in place of its value", () => {
    const { event, text } = record(reset(), { sensitiveParameters: () => ["code"] });
    expect(event.url.path).toBe("/users/alice/reset/{code}.json");
    expect(event.portcullis.operation?.template).toBe(RESET.template);
    expect(text).not.toContain("123456");
    // Also where the values do not fit the template.
    const broken = reset();
    broken.pathParameters = ["alice"];
    expect(record(broken, { sensitiveParameters: () => ["code"] }).event.url.path).toBe(RESET.template);
  });

  it("take a parameter with the name of a secret for sensitive without being told", () => {
    const exchange = exchangeOf({ path: "/reset/123456" });
    exchange.operation = { id: "r", method: "GET", template: "/reset/{resetToken}", tags: [] };
    exchange.pathParameters = ["123456"];
    expect(record(exchange).event.url.path).toBe("/reset/{resetToken}");
    const secret = ["token", "reset_token", "apiKey", "API-KEY", "otp", "userPassword", "shareTokens"];
    expect(secret.filter((name) => !isSecretName(name))).toEqual([]);
    const harmless = ["id", "key", "country_code", "tokenizer", "secretary", "stopTime"];
    expect(harmless.filter(isSecretName)).toEqual([]);
  });

  it("are cut down where no operation matched", () => {
    const path = (raw: string) => record(exchangeOf({ path: raw, target: raw })).event.url.path;
    expect(path("/reset?token=abc")).toBe("/reset");
    expect(path("/a%3Ftoken=abc")).toBe("/a");
    expect(path("/a;jsessionid=abc")).toBe("/a");
    expect(path("http://alice:pw@host/a#b")).toBe("...@host/a");
    expect(path(`/${"a/".repeat(500)}`)).toHaveLength(128);
    expect(path(`/invite/${BASE64URL}`)).toBe("/invite/[masked]");
    expect(path("/users/ann@example.com/orders")).toBe("/users/[masked]/orders");
    expect(path("/users/ann%40example.com")).toBe("/users/[masked]");
    expect(path("/password-reset/tX3k9/confirm")).toBe("/password-reset/[masked]/confirm");
    expect(path("/api-key/")).toBe("/api-key/");
    expect(path("/orders&api_key=tX3k9&page=2")).toBe("/orders&api_key=[masked]&page=2");
    expect(path("/back/access_token=tX3k9")).toBe("/back/access_token=[masked]");
    expect(path("//alice:pw@host/a")).toBe("...@host/a");
  });

  it("know what the document marks", () => {
    const at = (value: unknown) => ({ value, file: "openapi.yaml", pointer: "" });
    const parameter = (name: string, schema: unknown, own: object = {}) => ({
      name,
      in: "path" as const,
      schema: at(schema),
      at: at(own),
    });
    const components: Record<string, unknown> = {
      "#/secret": { format: "password" },
      "#/loop": { allOf: [{ $ref: "#/loop" }] },
    };
    const references = {
      follow: (node: ReturnType<typeof at>) => {
        const ref = (node.value as { $ref?: string }).$ref;
        return ref === undefined ? node : at(components[ref]);
      },
    };
    const operation = {
      parameters: [
        parameter("plain", { type: "string" }),
        parameter("password", { type: "string", format: "password" }),
        parameter("writeOnly", { writeOnly: true }),
        parameter("marked", { "x-portcullis-sensitive": true }),
        parameter("beside", {}, { "x-portcullis-sensitive": true }),
        parameter("referred", { $ref: "#/secret" }),
        parameter("combined", { allOf: [{}, { $ref: "#/secret" }] }),
        parameter("looping", { $ref: "#/loop" }),
        { ...parameter("query", { format: "password" }), in: "query" as const },
      ],
    };
    expect(sensitiveParameters(operation as never, references)).toEqual([
      "password",
      "writeOnly",
      "marked",
      "beside",
      "referred",
      "combined",
    ]);
  });
});

describe("masking", () => {
  it.each([
    "018f4f7c-9b1a-7c3e-8a2b-1f2e3d4c5b6a",
    "how-to-build-a-secure-gateway-for-your-api-in-2026",
    "quarterly_report_final_version_2026_11_24.pdf",
    "507f1f77bcf86cd799439011",
    "auth0|5f7c8ec7c33c6c004bbafe82",
    "pneumonoultramicroscopic.silicovolcanoconiosis",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  ])("leaves %s", (text) => {
    expect(masked(text)).toBe(text);
  });

  it("leaves the sentences of validation", () => {
    for (const text of [
      "password must be at least 12 characters",
      "token is required",
      "Is this known? Yes.",
      "/orders/{id}: limit must be <= 100",
    ]) {
      expect(maskedSentence(text)).toBe(text);
    }
  });

  it("stays fast on hostile text", () => {
    const before = process.cpuUsage();
    for (const text of ["a-".repeat(50_000), "eyJ".repeat(30_000), "A1.".repeat(30_000), "password".repeat(12_000)]) {
      masked(text);
      maskedSentence(text);
    }
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
  });
});
