// Guards authenticate(), requireScopes() and requireRoles() alone: the attacks that a handwritten check lets through.
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Express, RequestHandler, Response } from "express";
import { afterEach, describe, expect, it } from "vitest";
import { startLocalIssuer } from "../authentication/local-issuer.ts";
import { authenticate, type AuthenticateOptions } from "../../src/adapters/express-authentication.ts";
import { requireRoles, requireScopes } from "../../src/adapters/express-authorization.ts";
import { ask, AUDIENCE, bearer, ISSUER, SECRET, serve, type Served, token } from "./alone-harness.ts";

const OPTIONS: AuthenticateOptions = { secret: SECRET, issuer: ISSUER, audience: AUDIENCE, typ: "JWT" };
const who: RequestHandler = (request, response) => void response.json({ subject: request.principal.subject });
let served: Served;
afterEach(() => served.close());

const protectedApi = (app: Express) => void app.use(authenticate(OPTIONS)).get("/me", who);

describe("authenticate() with a secret", () => {
  it("lets a valid token pass and names the caller", async () => {
    served = await serve(protectedApi);
    expect(await ask(served, "/me", bearer(token()))).toMatchObject({ status: 200, body: { subject: "ada" } });
  });

  it("asks who sends none, as the gate does", async () => {
    served = await serve(protectedApi);
    const { status, headers, body } = await ask(served, "/me");
    expect([status, body["reason"]]).toEqual([401, "authentication.credentials-missing"]);
    expect(headers.get("www-authenticate")).toBe(
      'Bearer realm="bearer", DPoP realm="bearer", algs="ES256 ES384 EdDSA Ed25519 PS256 RS256"',
    );
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-request-id")).toBe(body["requestId"]);
    expect(headers.has("x-powered-by")).toBe(false);
  });

  const now = Math.floor(Date.now() / 1000);
  it.each([
    ["J01 alg none", token({}, { alg: "none" }), "authentication.token-malformed"],
    ["J01 alg none with a signature", `${token({}, { alg: "none" })}AAAA`, "authentication.algorithm-rejected"],
    ["another API's", token({ aud: "https://other.example.com" }), "authentication.audience-rejected"],
    ["another issuer's", token({ iss: "https://evil.example.com/" }), "authentication.issuer-rejected"],
    [
      "another secret's",
      token({}, {}, "another secret of more than thirty-two bytes"),
      "authentication.signature-invalid",
    ],
    ["an expired one", token({ exp: now - 3600, iat: now - 7200 }), "authentication.token-expired"],
    ["one that never expires", token({ exp: undefined }), "authentication.token-malformed"],
    ["an ID token", token({ nonce: "n", at_hash: "h" }), "authentication.token-type-rejected"],
  ])("refuses %s, which decoding alone accepts", async (_name, forged, reason) => {
    const decoding: RequestHandler = (request, response) => {
      const [, payload = ""] = (request.get("authorization") ?? "").split(".");
      response.json({ subject: (JSON.parse(Buffer.from(payload, "base64url").toString()) as { sub: string }).sub });
    };
    served = await serve((app) => void app.get("/decoded", decoding).use(authenticate(OPTIONS)).get("/me", who));
    expect(await ask(served, "/decoded", bearer(forged))).toMatchObject({ status: 200, body: { subject: "ada" } });
    expect(await ask(served, "/me", bearer(forged))).toMatchObject({ status: 401, body: { reason } });
  });

  it("refuses typ JWT unless it is named", async () => {
    const { typ: _typ, ...strict } = OPTIONS;
    served = await serve((app) => void app.use(authenticate(strict)).get("/me", who));
    expect((await ask(served, "/me", bearer(token()))).body["reason"]).toBe("authentication.token-type-rejected");
    expect((await ask(served, "/me", bearer(token({}, { typ: "at+jwt" })))).status).toBe(200);
  });

  it("forgives clocks that differ by less than 30 seconds, no more", async () => {
    served = await serve(protectedApi);
    const later = (seconds: number) => token({ iat: Math.floor(Date.now() / 1000) + seconds });
    expect((await ask(served, "/me", bearer(later(20)))).status).toBe(200);
    expect((await ask(served, "/me", bearer(later(60)))).body["reason"]).toBe("authentication.token-not-yet-valid");
  });
});

describe("authenticate() with an issuer", () => {
  it("fetches keys once, before the first request, and refuses HS256 signed with the public key", async () => {
    const issuer = await startLocalIssuer(AUDIENCE);
    const handler = authenticate({ issuer: issuer.issuer, audience: AUDIENCE, claims: { roles: ["roles"] } });
    await handler.ready();
    served = await serve((app) => void app.use(handler).get("/me", requireRoles("support"), who));
    const support = await issuer.sign({ subject: "grace", scopes: [], roles: ["support"] });
    const jwks = await (await fetch(`${issuer.issuer}/jwks`)).text();
    // The issuer is away: what was fetched serves.
    await issuer.close();
    const answers = await Promise.all([1, 2, 3].map(() => ask(served, "/me", bearer(support))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [, payload = ""] = support.split(".");
    const head = Buffer.from('{"alg":"HS256","typ":"at+jwt","kid":"local-1"}').toString("base64url");
    const confused = `${head}.${payload}.${createHmac("sha256", jwks).update(`${head}.${payload}`).digest("base64url")}`;
    expect((await ask(served, "/me", bearer(confused))).body["reason"]).toBe("authentication.algorithm-rejected");
    await handler.close();
    expect((await ask(served, "/me", bearer(support))).status).toBe(503);
  });

  it("answers 503, not 401, while the keys cannot be had", async () => {
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    const handler = authenticate({ issuer: "http://127.0.0.1:9", audience: AUDIENCE });
    served = await serve((app) => void app.use(handler).get("/me", who));
    const unknown = token({ iss: "http://127.0.0.1:9" }, { alg: "ES256", typ: "at+jwt", kid: "1" });
    const { status, headers } = await ask(served, "/me", bearer(unknown));
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toMatch(/^[1-9]/);
    expect(await warned).toMatchObject({ code: "authentication.keys-unreachable" });
    await handler.close();
  });
});

it("leaves a request alone that somebody answered while it waited", async () => {
  const waited = Promise.withResolvers<void>();
  const keys = createServer((_request, response) => {
    void waited.promise.then(() => response.writeHead(503).end());
  }).listen(0, "127.0.0.1");
  await once(keys, "listening");
  const url = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`;
  const handler = authenticate({ issuer: url, audience: AUDIENCE });
  const warned = once(process, "warning");
  const begun = Promise.withResolvers<Response>();
  served = await serve((app) => {
    app.use((_request, response, next) => {
      next();
      response.write('{"late":');
      begun.resolve(response);
    });
    app.use(handler).get("/me", who);
  });
  const unknown = token({ iss: url }, { alg: "ES256", typ: "at+jwt", kid: "1" });
  const asked = ask(served, "/me", bearer(unknown));
  const response = await begun.promise;
  waited.resolve();
  await warned;
  // The guard's own turn comes after the keys' failure.
  await new Promise(setImmediate);
  response.end("true}");
  expect(await asked).toMatchObject({ status: 200, body: { late: true } });
  await handler.close();
  keys.close();
});

describe("requireScopes() and requireRoles()", () => {
  const api = (app: Express) => {
    app.use(authenticate({ ...OPTIONS, claims: { roles: ["roles"] } }));
    app.delete("/orders/:id", requireScopes("orders:write"), requireRoles("support", "admin"), who);
    app.get("/orders", requireScopes("orders:read", "orders:list"), who);
  };
  const remove = (claims: Record<string, unknown>) =>
    ask(served, "/orders/1", { method: "DELETE", ...bearer(token(claims)) });

  it("lets who holds both pass, by any of the roles", async () => {
    served = await serve(api);
    expect((await remove({ scope: "orders:write", roles: ["support"] })).status).toBe(200);
    expect((await remove({ scope: "orders:write", roles: ["admin"] })).status).toBe(200);
  });

  it("refuses what one of them lacks: a role is no scope, a longer scope is another", async () => {
    served = await serve(api);
    const noScope = await remove({ scope: "orders:write:own", roles: ["support"] });
    expect([noScope.status, noScope.body["reason"]]).toEqual([403, "authorization.scope-insufficient"]);
    expect(noScope.headers.get("www-authenticate")).toBe('Bearer error="insufficient_scope", scope="orders:write"');
    const noRole = await remove({ scope: "orders:write support", roles: ["customer"] });
    expect([noRole.status, noRole.body["reason"]]).toEqual([403, "authorization.role-missing"]);
    expect((await ask(served, "/orders", bearer(token({ scope: "orders:read" })))).status).toBe(403);
    expect((await ask(served, "/orders", bearer(token({ scope: "orders:list orders:read" })))).status).toBe(200);
  });

  it("stop a route without authenticate(), and roles that nobody reads", async () => {
    served = await serve((app) => {
      app.get("/scopes", requireScopes("a"), who);
      app.use(authenticate(OPTIONS));
      app.get("/roles", requireRoles("a"), who);
    });
    const thrown = async (path: string) => (await ask(served, path, bearer(token({ scope: "a" })))).body["thrown"];
    expect(await thrown("/scopes")).toBe(
      "requireScopes(): authenticate() did not let this request pass. Mount it before.",
    );
    expect(await thrown("/roles")).toContain("reads no roles from tokens. Name the claim");
  });
});
