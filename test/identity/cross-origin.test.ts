// Pages of other origins at the token endpoint (G13): a client's own may redeem its codes, and nobody else's reads an answer.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { declareClients, serveIdentity, type Serving } from "./serving.ts";

describe("G13 the answer to a page of", () => {
  let serving: Serving;

  beforeAll(async () => {
    serving = await serveIdentity();
    await declareClients(serving.identity);
    const settings = {
      redirectUris: ["com.example.app:/callback", "http://localhost:5173/callback"],
      postLogoutRedirectUris: [],
      scopes: ["openid"],
    };
    await serving.identity.clients.put({ id: "app", profile: "public", name: "App", settings, isDeclared: true });
  });
  afterAll(() => serving?.close());

  const ask = (client_id: string, origin: string) =>
    fetch(`${serving.issuer}/token`, {
      method: "POST",
      headers: { origin },
      body: new URLSearchParams({ grant_type: "authorization_code", code: "x", redirect_uri: "x", client_id }),
    });

  it.each([
    ["spa", "https://app.example.com"],
    ["app", "http://localhost:5173"],
  ])("the client %s, %s, can be read by it", async (client, origin) => {
    const answer = await ask(client, origin);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(await answer.json()).toMatchObject({ error: "invalid_grant" });
  });

  it.each([
    ["spa", "null"],
    ["app", "null"],
    ["spa", "https://app.example.com.evil.example"],
    ["spa", "https://evil-app.example.com"],
    ["spa", "https://app.example.com:8443"],
    ["spa", "http://app.example.com"],
    ["app", "http://localhost:5174"],
    ["app", "com.example.app:"],
  ])("another than the client %s, %s, cannot be read by it", async (client, origin) => {
    // A server that gives back whatever origin it is told lets it.
    const answer = await ask(client, origin);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect(await answer.json()).toMatchObject({ error: "invalid_request" });
  });
});
