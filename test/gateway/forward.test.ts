// What an API behind a real gateway gets to know of the caller, and what a client cannot make it believe (ATTACKS.md G11).
import { writeFileSync } from "node:fs";
import path from "node:path";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { expect, it } from "vitest";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import { AUDIENCE, claimsAt, issue, ISSUER, makeKey } from "../authentication/issuer.ts";
import { ask, hello, keep } from "./harness.ts";
import { configurationOf, startReloadable } from "./reloading.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /item:
    get:
      security: [{ oauth: [] }, { key: [] }]
      responses: { default: { description: any } }
  /open:
    get: { security: [], responses: { default: { description: any } } }
  /legacy:
    get: { security: [{ oauth: [], own: [] }], responses: { default: { description: any } } }
  /basic:
    get: { security: [{ basic: [] }], responses: { default: { description: any } } }
components:
  securitySchemes:
    oauth: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-API-Key }
    own: { type: apiKey, in: header, name: X-Own-Key }
    basic: { type: http, scheme: basic }
`;

const AUDIENCE_OF_API = "https://items.internal";

async function start(forward: string, flags: { observe?: boolean } = {}) {
  const upstream = keep(await hello());
  const signing = await makeKey("ES256", "k1");
  const { id, hash, text: key } = makeApiKey();
  const authentication = `authentication:
  ${flags.observe === true ? "mode: monitor" : "mode: enforce"}
  ${forward}
  oauth: { issuer: ${ISSUER}, audience: ${AUDIENCE}, jwks: jwks.json, claims: { roles: [roles] } }
  key: { keys: [{ id: ${id}, hash: "${hash}", name: billing, roles: [clerk] }] }
  own: { checkedByUpstream: true }
  basic: { checkedByUpstream: true }
`;
  const running = await startReloadable({
    "api.yaml": DOCUMENT,
    "portcullis.yaml": configurationOf(upstream.origin, authentication),
    "jwks.json": JSON.stringify({ keys: [signing.jwk] }),
    "caller.pem": signing.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  });
  const claims = claimsAt(Math.floor(Date.now() / 1_000), { sub: "zoë", roles: ["clerk"] });
  const authorization = `Bearer ${await issue(signing, claims)}`;
  /** What reached the API. */
  const seen = async (target: string, headers: Record<string, string>) => {
    const { status } = await ask(`${running.gateway.url}${target}`, { headers });
    expect(status).toBe(200);
    return upstream.seen.at(-1)?.headers ?? {};
  };
  return { ...running, upstream, authorization, id, key, seen };
}

const SPOOFED = {
  "X-Portcullis-Subject": "root",
  "x-portcullis-roles": "admin",
  "X-PORTCULLIS-TOKEN": "e30.e30.e30",
  "X-Portcullis-Anything": "1",
  X_Portcullis_Subject: "root",
  x_portcullis_roles: "admin",
  "X-Portcullis_Client": "root",
};

it("G11 fields of ours that a client sends never reach the API, in no spelling, whatever is configured", async () => {
  for (const forward of ["", "forward: { fields: true }", `forward: { jwt: { audience: ${AUDIENCE_OF_API} } }`]) {
    const { seen, authorization } = await start(forward);
    const told = await seen("/item", { authorization, ...SPOOFED });
    expect(JSON.stringify(told)).not.toMatch(/root|admin|e30\.e30|anything/i);
    const anonymous = await seen("/open", SPOOFED);
    expect(Object.keys(anonymous).filter((name) => /portcullis/i.test(name))).toEqual([]);
  }
});

it("is nothing by default: the API gets the credentials as they came, and no field of ours", async () => {
  const { seen, authorization } = await start("");
  const told = await seen("/item", { authorization });
  expect(told.authorization).toBe(authorization);
  expect(Object.keys(told).filter((name) => name.startsWith("x-portcullis"))).toEqual([]);
});

it("is subject, client, scopes and roles in fields, of tokens and of keys", async () => {
  const { seen, authorization, key, id } = await start("forward: { fields: true }");
  expect(await seen("/item", { authorization })).toMatchObject({
    "x-portcullis-caller": "user",
    "x-portcullis-subject": "zo%C3%AB",
    "x-portcullis-client": "app-1",
    "x-portcullis-scopes": "orders:read orders:write",
    "x-portcullis-roles": "clerk",
  });
  const ofKey = await seen("/item", { "X-API-Key": key });
  expect(ofKey).toMatchObject({ "x-portcullis-client": id, "x-portcullis-client-name": "billing" });
  expect(ofKey).not.toHaveProperty("x-portcullis-subject");
});

it("is a token that the API verifies with the key of the admin listener, the same over a reload", async () => {
  const { seen, authorization, gateway, write, reload, upstream } = await start(
    `forward: { jwt: { audience: ${AUDIENCE_OF_API} } }`,
  );
  const jwks = async () => JSON.parse((await ask(`${gateway.adminUrl}/jwks.json`)).body) as JSONWebKeySet;
  const told = await seen("/item", { authorization });
  const first = await jwks();
  const { payload } = await jwtVerify(told["x-portcullis-token"] as string, createLocalJWKSet(first), {
    audience: AUDIENCE_OF_API,
    typ: "portcullis-caller+jwt",
  });
  expect(payload).toMatchObject({ sub: "zoë", roles: ["clerk"], sub_issuer: ISSUER });
  write("api.yaml", DOCUMENT.replace("title: Items", "title: Other"));
  expect((await reload()).kind).toBe("taken");
  expect(await jwks()).toEqual(first);
  expect(upstream.seen).toHaveLength(1);
});

it("signs with a key from a file, which a reload may change", async () => {
  const { seen, authorization, gateway, reload, folder } = await start(
    `forward: { jwt: { audience: ${AUDIENCE_OF_API}, key: caller.pem, bind: request } }`,
  );
  const verified = async () => {
    const told = await seen("/item", { authorization });
    const jwks = JSON.parse((await ask(`${gateway.adminUrl}/jwks.json`)).body) as JSONWebKeySet;
    const { payload } = await jwtVerify(told["x-portcullis-token"] as string, createLocalJWKSet(jwks), {
      audience: AUDIENCE_OF_API,
    });
    expect(payload).toMatchObject({ htm: "GET", request_id: told["x-request-id"] });
    expect(payload["htu"]).toMatch(/\/item$/);
    return jwks.keys[0]?.kid;
  };
  const before = await verified();
  const next = (await makeKey("ES256", "k")).privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  writeFileSync(path.join(folder, "caller.pem"), next);
  expect((await reload()).kind).toBe("taken");
  expect(await verified()).not.toBe(before);
});

it("shows no key where none signs", async () => {
  const { gateway } = await start("forward: { fields: true }");
  expect((await ask(`${gateway.adminUrl}/jwks.json`)).status).toBe(404);
});

it("keeps back what the gate has judged where that is asked for, and nothing that only the API judges", async () => {
  const { seen, authorization, key } = await start("forward: { fields: true, credentials: drop }");
  for (const headers of [{ authorization }, { "X-API-Key": key }, { authorization, "X-API-Key": key }]) {
    const told = await seen("/item", headers);
    expect(told).not.toHaveProperty("authorization");
    expect(told).not.toHaveProperty("x-api-key");
  }
  const open = await seen("/open", { authorization, "X-API-Key": key, "X-Own-Key": "o" });
  expect(open).not.toHaveProperty("authorization");
  expect(open).not.toHaveProperty("x-api-key");
  const legacy = await seen("/legacy", { authorization, "X-Own-Key": "own-secret" });
  expect(legacy).toMatchObject({ "x-own-key": "own-secret" });
  expect(legacy).not.toHaveProperty("authorization");
  const basic = await seen("/basic", { authorization: "Basic dTpw" });
  expect(basic).toMatchObject({ authorization: "Basic dTpw" });
});

it("keeps nothing back where the gate only looks on: then the API is the one that judges", async () => {
  const { seen, authorization } = await start("forward: { fields: true, credentials: drop }", { observe: true });
  expect(await seen("/item", { authorization })).toMatchObject({ authorization });
  const stranger = await seen("/item", { authorization: "Bearer nonsense" });
  expect(stranger).toMatchObject({ authorization: "Bearer nonsense" });
  expect(Object.keys(stranger).filter((name) => name.startsWith("x-portcullis"))).toEqual([]);
});
