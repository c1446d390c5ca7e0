// The guard that asks how well a caller was authenticated (RFC 9470): as a guard, in the gate, and over HTTP in gateway and Express.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalIssuer, type LocalIssuer } from "./local-issuer.ts";
import { expressHandler } from "../../src/adapters/express-handler.ts";
import { levelGuard } from "../../src/authentication/level-guard.ts";
import { type Composition, systemPorts } from "../../src/configuration/compose.ts";
import { insideFramework } from "../../src/adapters/gateway-settings.ts";
import { ANONYMOUS } from "../../src/core/principal.ts";
import { serve } from "../../src/gateway/serve.ts";
import { complaints, composed, DOCUMENT, enter, guardsOf, OAUTH } from "../configuration/composing.ts";
import { without } from "../conformance/without.ts";
import { request } from "./requests.ts";

const LEVEL = "operations: { getOrder: { authentication: { level: mfa } } }\n";

describe("the guard", () => {
  const judged = (claims: Record<string, unknown>, level = "mfa") => {
    const exchange = request([]);
    exchange.principal = { ...ANONYMOUS, kind: "user", claims };
    return levelGuard({ level, mode: "enforce" }).check(exchange);
  };
  it.each([
    [{ acr: "mfa" }, "mfa"],
    [{ acr: "urn:example:2", amr: ["pwd", "mfa"] }, "mfa"],
    [{ acr: "urn:example:2" }, "urn:example:2"],
  ])("%j is enough for %s", (claims, level) => {
    expect(judged(claims, level)).toMatchObject({ kind: "continue" });
  });
  it.each([
    [{}, "mfa"],
    [{ acr: "pwd", amr: ["pwd"] }, "mfa"],
    [{ acr: ["mfa"] }, "mfa"],
    [{ acr: "MFA" }, "mfa"],
    [{ acr: "mfa-light" }, "mfa"],
    [{ amr: "mfa" }, "mfa"],
    [{ amr: ["mfa"] }, "urn:example:2"],
    [{ acr: "mfa" }, "urn:example:2"],
  ])("%j is not enough for %s", (claims, level) => {
    expect(judged(claims, level)).toMatchObject({ kind: "deny", reason: "authentication.level-insufficient" });
  });
});

it("says so by the scheme that a bound token comes with", () => {
  const exchange = request([]);
  exchange.principal = { ...ANONYMOUS, kind: "user", method: "dpop", claims: { acr: "pwd" } };
  const outcome = levelGuard({ level: "mfa", mode: "enforce" }).check(exchange);
  expect(outcome).toMatchObject({
    lines: ["WWW-Authenticate", expect.stringMatching(/^DPoP error="insufficient_user_authentication".*algs="ES256 /)],
  });
});

describe("in the configuration", () => {
  it("stands behind the credentials and the limits, before scopes and roles", async () => {
    const { head } = guardsOf(enter(await composed(`${OAUTH}${LEVEL}`), "GET", "/orders/7").gate);
    expect(head.slice(2, 6)).toEqual([
      "authentication.credentials enforce",
      "rate-limiting.subject enforce",
      "authentication.level enforce",
      "authorization.scopes enforce",
    ]);
    const other = guardsOf(enter(await composed(`${OAUTH}${LEVEL}`), "PUT", "/orders/7").gate).head;
    expect(other.filter((name) => name.startsWith("authentication.level"))).toEqual([]);
  });
  it("is only noted where the gate observes", async () => {
    const composition = await composed(`${OAUTH}${LEVEL}`, { observe: true });
    expect(guardsOf(enter(composition, "GET", "/orders/7").gate).head).toContain("authentication.level monitor");
  });
  it("is told with its line", async () => {
    const { plans, api } = await composed(`${OAUTH}${LEVEL}`);
    const operation = api.operations.find(({ id }) => id === "getOrder");
    const told = plans.get(operation?.id ?? "")?.find(({ guard }) => guard === "authentication.level");
    expect(told?.summary).toContain("`acr` is mfa");
    expect(told?.because[0]).toMatchObject({ line: 4 });
  });
  it.each([
    [
      `${OAUTH}operations: { health: { authentication: { level: mfa } } }\n`,
      DOCUMENT,
      "is public in the document: nobody is asked there how well they were authenticated | Give the operation a `security`",
    ],
    [
      `${OAUTH}  key: { keys: [] }\n${LEVEL}`,
      `${DOCUMENT.replace("security: [{ oauth: [read] }]", "security: [{ key: [] }]")}    key: { type: apiKey, in: header, name: X-Key }\n`,
      "none of its security schemes takes tokens, which alone carry one | Give the operation a security scheme for tokens",
    ],
  ])("a level that nobody can have stops the start", async (text, document, said) => {
    expect((await complaints(text, { document })).join("\n")).toContain(said);
  });
  it("a level with a space is told", async () => {
    const wrong = `${OAUTH}operations: { getOrder: { authentication: { level: "a b" } } }\n`;
    await expect(composed(wrong)).rejects.toThrow("a name without spaces, quotes and backslashes");
  });
});

describe.each(["gateway", "Express"] as const)("over HTTP, in %s", (where) => {
  let issuer: LocalIssuer;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    issuer = await startLocalIssuer("a");
  });
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await issuer.close();
  });

  async function start(more = "", change = (composition: Composition) => composition): Promise<string> {
    const api = express().use((_request, response) => void response.json({}));
    const text = `authentication: { oauth: { issuer: "${issuer.issuer}", audience: a } }\ntransport: { listen: "127.0.0.1:0", tls: dangerouslyOff, adminListen: "off" }\n${LEVEL}${more}`;
    if (where === "Express") {
      const composition = change(await composed(text, { ports: systemPorts, inside: insideFramework }));
      await Promise.all(composition.keySources.map((keys) => keys.ready()));
      const server = createServer(express().use(expressHandler(composition, {})).use(api)).listen(0, "127.0.0.1");
      await new Promise((resolve) => void server.once("listening", resolve));
      closing.push(
        () => composition.close(),
        () => server.closeAllConnections(),
        () => server.close(),
      );
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }
    const upstream = createServer(api).listen(0, "127.0.0.1");
    await new Promise((resolve) => void upstream.once("listening", resolve));
    const at = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const composition = change(await composed(`${text}upstream: ${at}\n`, { ports: systemPorts }));
    await Promise.all(composition.keySources.map((keys) => keys.ready()));
    const served = await serve(composition);
    closing.push(
      () => served.close(),
      () => upstream.closeAllConnections(),
      () => upstream.close(),
    );
    return served.url;
  }

  const ask = async (base: string, claims: Record<string, unknown>) => {
    const token = await issuer.sign({ subject: "ann", scopes: ["read"], claims });
    return fetch(`${base}/orders/7`, { headers: { authorization: `Bearer ${token}` } });
  };

  it("asks the client to step up, and takes the token that it gets then", async () => {
    const base = await start();
    const refused = await ask(base, { acr: "pwd" });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe(
      'Bearer error="insufficient_user_authentication", error_description="A stronger authentication is required.", acr_values="mfa"',
    );
    expect(await refused.json()).toMatchObject({ reason: "authentication.level-insufficient" });
    expect((await ask(base, { acr: "mfa" })).status).toBe(200);
    expect((await fetch(`${base}/orders/7`)).status).toBe(401);
  });

  it("charges no address for good tokens that are not enough", async () => {
    const base = await start("rateLimiting: { failedAuthentication: { limit: 2, window: 1m } }\n");
    for (let i = 0; i < 4; i += 1) expect((await ask(base, {})).status).toBe(401);
    expect((await ask(base, { acr: "mfa" })).status).toBe(200);
  });

  it("lets everybody through without the guard", async () => {
    const off = without(["authentication.level"]);
    const base = await start("", (composition) => ({ ...composition, policy: off(composition.policy) }));
    expect((await ask(base, { acr: "pwd" })).status).toBe(200);
  });
});
