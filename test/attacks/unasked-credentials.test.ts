// ATTACKS.md J26 and G11: what a client sends beside the credential that counts, or where none is asked for, is never believed behind the gate.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Request } from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import { bindGate } from "../../src/core/gate.ts";
import type { Policy } from "../../src/core/policy.ts";
import { AUDIENCE, claimsAt, issue, makeKey } from "../authentication/issuer.ts";
import { without } from "../conformance/without.ts";
import { type Api, type Protected, unguarded, WAYS } from "./protected.ts";

const operation = (security: string, more = "") =>
  `{ get: { security: ${security}, ${more} responses: { default: { description: any } } } }`;
const DOCUMENT = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /a: ${operation("[{ a: [] }]")}
  /key: ${operation("[{ key: [] }]")}
  /either: ${operation("[{ key: [] }, { a: [] }]")}
  /or-key: ${operation("[{ a: [] }, { key: [] }]")}
  /three: ${operation("[{ key: [] }, { a: [] }, { b: [] }]")}
  /both: ${operation("[{ a: [], key: [] }]")}
  /optional: ${operation("[{}, { a: [] }]")}
  /optional-key: ${operation("[{}, { key: [] }]")}
  /optional-scope: ${operation("[{}, { a: [admin] }]")}
  /scope-or-key: ${operation("[{ a: [admin] }, { key: [] }]")}
  /both-or-nothing: ${operation("[{ a: [], key: [] }, {}]")}
  /anybody: ${operation("[{}]")}
  /public: ${operation("[]")}
  /parameter: ${operation("[]", "parameters: [{ name: X-API-Key, in: header, schema: { type: string } }],")}
  /basic: ${operation("[{ basic: [] }]")}
  /key-or-basic: ${operation("[{ key: [] }, { basic: [] }]")}
  /key-or-session: ${operation("[{ key: [] }, { session: [] }]")}
  /key-or-away: ${operation("[{ key: [] }, { away: [] }]")}
  /watched: ${operation("[{ key: [] }]")}
  /watched-either: ${operation("[{ key: [] }, { a: [] }]")}
components:
  securitySchemes:
    a: { type: http, scheme: bearer }
    b: { type: http, scheme: bearer }
    away: { type: http, scheme: bearer }
    basic: { type: http, scheme: basic }
    key: { type: apiKey, in: header, name: X-API-Key }
    session: { type: apiKey, in: cookie, name: sid }
`;
const [ISSUER_A, ISSUER_B, AWAY] = ["https://a.example.com/", "https://b.example.com/", "https://127.0.0.1:1/"];
const BASIC = `Basic ${Buffer.from("admin:any").toString("base64")}`;
const key = makeApiKey();

let folder: string;
let api: Api;
let sent: Record<string, Record<string, string>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-unasked-"));
  const [a, b, mine] = [await makeKey("ES256", "a"), await makeKey("ES256", "b"), await makeKey("ES256", "a")];
  const now = Math.floor(Date.now() / 1_000);
  const token = async (by: typeof a, iss: string, sub: string, more = {}) => ({
    authorization: `Bearer ${await issue(by, claimsAt(now, { iss, sub, ...more }))}`,
  });
  sent = {
    nothing: {},
    key: { "x-api-key": key.text },
    "a wrong key": { "x-api-key": makeApiKey().text },
    "A's token": await token(a, ISSUER_A, "alice"),
    "A's token for admins": await token(a, ISSUER_A, "alice", { scope: "admin" }),
    "B's token": await token(b, ISSUER_B, "bob"),
    "a forged token": await token(mine, ISSUER_A, "ADMIN"),
    "a forged token of nobody's": await token(mine, "https://c.example.com/", "ADMIN"),
    "a forged token of one who is away": await token(mine, AWAY, "ADMIN"),
    "a forged Basic": { authorization: BASIC },
    "a session": { cookie: "sid=1" },
    "two sessions": { cookie: "sid=1; sid=2" },
  };
  const jwks = { a: path.join(folder, "a.json"), b: path.join(folder, "b.json") };
  await writeFile(jwks.a, JSON.stringify({ keys: [a.jwk] }));
  await writeFile(jwks.b, JSON.stringify({ keys: [b.jwk] }));
  api = {
    document: DOCUMENT,
    configuration: `authentication:
  a: { issuer: "${ISSUER_A}", audience: "${AUDIENCE}", jwks: "${jwks.a}" }
  b: { issuer: "${ISSUER_B}", audience: "${AUDIENCE}", jwks: "${jwks.b}" }
  away: { issuer: "${AWAY}", audience: "${AUDIENCE}", jwks: "https://127.0.0.1:1/keys" }
  basic: { checkedByUpstream: true }
  session: { checkedByUpstream: true }
  key: { keys: [{ id: ${key.id}, hash: "${key.hash}", name: n }] }
operations:
  GET /watched: { authentication: { mode: monitor } }
  GET /watched-either: { authentication: { mode: monitor } }
rateLimiting: { limits: [], failedAuthentication: { limit: 1000000, window: 1m } }
`,
    handle: (app) => void app.use((request, response) => void response.json(believed(request))),
  };
});

afterAll(() => rm(folder, { recursive: true }));

/** Who the API takes the caller for: it decodes, since the gate verifies. */
function believed({ headers: { authorization = "", cookie, "x-api-key": apiKey } }: Request): object {
  const [scheme = "", text = ""] = authorization.split(" ");
  const isBearer = scheme.toLowerCase() === "bearer";
  const part = isBearer ? (text.split(".")[1] as string) : "";
  const { sub } = JSON.parse(isBearer ? Buffer.from(part, "base64url").toString() : "{}") as { sub?: string };
  const [user] = Buffer.from(text, "base64").toString().split(":");
  return { subject: isBearer ? sub : scheme === "Basic" ? user : undefined, key: apiKey !== undefined, cookie };
}

const K = { key: true };
const NO = { key: false };
type Case = readonly [path: string, sent: string, expected: number | object];

/** What is refused, though an alternative holds or nothing is asked for: with the reason of what failed. */
const REFUSED: readonly Case[] = [
  ["/either", "key + a forged token", 401],
  ["/or-key", "key + a forged token", 401],
  ["/three", "key + a forged token", 401],
  ["/either", "key + a forged token of nobody's", 401],
  ["/either", "key + B's token", 401],
  ["/either", "A's token + a wrong key", 401],
  ["/both", "key + a forged token", 401],
  ["/optional", "a forged token", 401],
  ["/optional-key", "a wrong key", 401],
  ["/key-or-session", "key + two sessions", 401],
  ["/key-or-away", "a forged token of one who is away", 503],
];

/** What is not refused, and not believed either. */
const WITHHELD: readonly Case[] = [
  ["/key", "key + a forged token", K],
  ["/key", "key + a forged Basic", K],
  ["/public", "a forged token", NO],
  ["/public", "a forged Basic", NO],
  ["/anybody", "a forged token", NO],
  ["/optional-key", "a forged token", NO],
  ["/either", "key + a forged Basic", K],
  ["/optional", "a forged Basic", NO],
  ["/key-or-basic", "key + a forged token", K],
  ["/key-or-away", "key + a forged token of one who is away", K],
];

/** What holds, and not for what is asked: another alternative is met, and the API must not go beyond that. */
const BEYOND: readonly Case[] = [
  ["/optional-scope", "A's token", NO],
  ["/scope-or-key", "key + A's token", K],
  ["/both-or-nothing", "A's token", NO],
  ["/both-or-nothing", "key", NO],
];

const PASSING: readonly Case[] = [
  ["/a", "A's token", { ...NO, subject: "alice" }],
  ["/either", "A's token", { ...NO, subject: "alice" }],
  ["/either", "key", K],
  ["/either", "key + A's token", { ...K, subject: "alice" }],
  ["/three", "key + A's token", { ...K, subject: "alice" }],
  ["/three", "key + B's token", { ...K, subject: "bob" }],
  ["/three", "B's token", { ...NO, subject: "bob" }],
  ["/both", "key + A's token", { ...K, subject: "alice" }],
  ["/optional", "nothing", NO],
  ["/optional", "A's token", { ...NO, subject: "alice" }],
  ["/optional-scope", "A's token for admins", { ...NO, subject: "alice" }],
  ["/scope-or-key", "key + A's token for admins", { ...K, subject: "alice" }],
  ["/both-or-nothing", "key + A's token", { ...K, subject: "alice" }],
  ["/basic", "a forged Basic", { ...NO, subject: "admin" }],
  ["/key-or-basic", "key + a forged Basic", { ...K, subject: "admin" }],
  ["/key-or-session", "key + a session", { ...K, cookie: "sid=1" }],
  ["/public", "a session", { ...NO, cookie: "sid=1" }],
  ["/parameter", "a wrong key", K],
  // Only watched: nothing is changed.
  ["/watched", "key + a forged token", { ...K, subject: "ADMIN" }],
  ["/watched-either", "key + a forged token", { ...K, subject: "ADMIN" }],
  ["/watched-either", "key + a forged Basic", { ...K, subject: "admin" }],
];

const get = (gate: Protected, at: string, what: string) => {
  const headers = Object.assign({}, ...what.split(" + ").map((one) => sent[one])) as Record<string, string>;
  return gate.ask({ method: "GET", path: at, headers });
};

it("where nothing guards, the API believes each of them", async () => {
  const open = await unguarded(api);
  for (const [at, what] of [...REFUSED, ...WITHHELD]) {
    if (!/forged/.test(what)) continue;
    const { body } = await get(open, at, what);
    expect(JSON.parse(body)).toMatchObject({ subject: expect.stringMatching(/^admin$/i) as string });
  }
  for (const [at, what] of BEYOND) {
    const { body } = await get(open, at, what);
    expect(JSON.parse(body)).toMatchObject(what === "key" ? K : { subject: "alice" });
  }
  await open.close();
});

describe.each(Object.entries(WAYS))("by %s", (_way, start) => {
  let gate: Protected;

  beforeAll(async () => {
    gate = await start(api);
  });

  afterAll(() => gate.close());

  it.each(REFUSED)("J26 %s with %s is refused", async (at, what, status) => {
    const answer = await get(gate, at, what);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toMatch(/subject|ADMIN/);
  });

  it.each(WITHHELD)("G11 %s with %s: the API does not get what nobody proved", async (at, what, expected) => {
    const { status, body } = await get(gate, at, what);
    expect([status, JSON.parse(body)]).toEqual([200, expected]);
  });

  it.each(BEYOND)("J29 %s with %s: the API does not get what does not do for it", async (at, what, expected) => {
    const { status, body } = await get(gate, at, what);
    expect([status, JSON.parse(body)]).toEqual([200, expected]);
  });

  it.each([
    ["/public", "a wrong key", NO],
    ["/a", "A's token + a wrong key", { ...NO, subject: "alice" }],
  ])("G11 %s with %s: nor a key that nobody asked for", async (at, what, expected) => {
    const { status, body } = await get(gate, at, what);
    expect([status, JSON.parse(body)]).toEqual([200, expected]);
  });

  it.each(PASSING)("J26 %s with %s goes on", async (at, what, expected) => {
    const { status, body } = await get(gate, at, what);
    expect([status, JSON.parse(body)]).toEqual([200, expected]);
  });
});

describe("with what guards it switched off", () => {
  const asItCame = (policy: Policy): Policy => ({
    ...policy,
    enter: (exchange) => bindGate({ ...policy.enter(exchange), declaredFields: undefined }),
  });

  it.each(Object.entries(WAYS))("by %s the API believes what is forged", async (_way, start) => {
    const change = (policy: Policy) => asItCame(without(["authentication.credentials"])(policy));
    const open = await start({ ...api, change });
    for (const [at, what] of [...REFUSED, ...WITHHELD]) {
      if (!/forged/.test(what)) continue;
      const { status, body } = await get(open, at, what);
      expect([status, body]).toEqual([200, expect.stringMatching(/"subject":"admin"/i)]);
    }
    await open.close();
  });
});
