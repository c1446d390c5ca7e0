// ATTACKS.md J27 against real gateways and Express: credentials count for the scheme that they are for, alone and in combination.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import { AUDIENCE, claimsAt, issue, makeKey } from "../authentication/issuer.ts";
import { type Api, type Protected, WAYS } from "./protected.ts";

const operation = (security: string) =>
  `{ get: { security: ${security}, responses: { default: { description: any } } } }`;
const DOCUMENT = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /a: ${operation("[{ a: [read] }]")}
  /b: ${operation("[{ b: [read] }]")}
  /either: ${operation("[{ a: [read] }, { b: [read] }]")}
  /both: ${operation("[{ a: [read], key: [read] }]")}
  /optional: ${operation("[{}, { a: [read] }]")}
components:
  securitySchemes:
    a: { type: http, scheme: bearer }
    b: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-API-Key }
`;
const [ISSUER_A, ISSUER_B] = ["https://a.example.com/", "https://b.example.com/"];
const [full, bare] = [makeApiKey(), makeApiKey()];

let folder: string;
let api: Api;
let tokens: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-schemes-"));
  // Both issuers call their key the same.
  const [a, b] = [await makeKey("ES256", "k1"), await makeKey("ES256", "k1")];
  const now = Math.floor(Date.now() / 1_000);
  const signed = (key: typeof a, iss: string, scope: string) => issue(key, claimsAt(now, { iss, scope }));
  tokens = {
    "A's token": await signed(a, ISSUER_A, "read"),
    "A's token without scope": await signed(a, ISSUER_A, "other"),
    "B's token": await signed(b, ISSUER_B, "read"),
    "B's token in A's name": await signed(b, ISSUER_A, "read"),
    "A's token in B's name": await signed(a, ISSUER_B, "read"),
  };
  const jwks = { a: path.join(folder, "a.json"), b: path.join(folder, "b.json") };
  await writeFile(jwks.a, JSON.stringify({ keys: [a.jwk] }));
  await writeFile(jwks.b, JSON.stringify({ keys: [b.jwk] }));
  const kept = ({ id, hash }: typeof full, scopes: string) =>
    `{ id: ${id}, hash: "${hash}", name: n, scopes: ${scopes} }`;
  api = {
    document: DOCUMENT,
    configuration: `authentication:
  a: { issuer: "${ISSUER_A}", audience: "${AUDIENCE}", jwks: "${jwks.a}" }
  b: { issuer: "${ISSUER_B}", audience: "${AUDIENCE}", jwks: "${jwks.b}" }
  key: { keys: [${kept(full, "[read]")}, ${kept(bare, "[]")}] }
rateLimiting: { limits: [], failedAuthentication: { limit: 1000000, window: 1m } }
`,
    handle: (app) => void app.use((_request, response) => response.json({})),
  };
});

afterAll(() => rm(folder, { recursive: true }));

const CASES: readonly (readonly [
  path: string,
  token: string | undefined,
  key: "full" | "bare" | undefined,
  status: number,
])[] = [
  ["/a", "A's token", undefined, 200],
  ["/a", "B's token", undefined, 401],
  ["/a", "B's token in A's name", undefined, 401],
  ["/a", "A's token in B's name", undefined, 401],
  ["/a", "A's token without scope", undefined, 403],
  ["/a", undefined, "full", 401],
  ["/b", "B's token", undefined, 200],
  ["/b", "A's token", undefined, 401],
  ["/b", "A's token in B's name", undefined, 401],
  ["/either", "A's token", undefined, 200],
  ["/either", "B's token", undefined, 200],
  ["/either", "B's token in A's name", undefined, 401],
  ["/either", "A's token without scope", undefined, 403],
  ["/either", undefined, "full", 401],
  ["/both", "A's token", "full", 200],
  ["/both", "A's token", undefined, 401],
  ["/both", undefined, "full", 401],
  ["/both", "A's token", "bare", 403],
  ["/both", "A's token without scope", "full", 403],
  ["/both", "B's token", "full", 401],
  ["/optional", undefined, undefined, 200],
  ["/optional", "A's token", undefined, 200],
  ["/optional", "B's token", undefined, 401],
  ["/optional", "B's token in A's name", undefined, 401],
];

describe.each(Object.entries(WAYS))("by %s", (_way, start) => {
  let gate: Protected;

  beforeAll(async () => {
    gate = await start(api);
  });

  afterAll(() => gate.close());

  it.each(CASES)("J27 %s with %s and key %s is %i", async (at, token, key, expected) => {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${tokens[token]}` }),
      ...(key === undefined ? {} : { "x-api-key": (key === "full" ? full : bare).text }),
    };
    expect((await gate.ask({ method: "GET", path: at, headers })).status).toBe(expected);
  });
});
