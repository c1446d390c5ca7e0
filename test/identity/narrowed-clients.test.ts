// A client that may do less than before: what it was given before gives it no more than that (RFC 6749 6, RFC 9700 2.3).
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens, authorize, discover, redeem, signUp } from "./flows.ts";
import { OPERATOR, REDIRECT, type Serving } from "./serving.ts";

const ALL = ["openid", "offline_access", "email", "orders:read", "orders:write"];
const EMAIL = "ann@example.com";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("T08 a client", () => {
    let serving: Serving;
    let made = 0;

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, EMAIL);
    });

    /** A client with all scopes, and a refresh token that it was given. */
    async function withToken() {
      const id = `client-${(made += 1)}`;
      const draft = { profile: "public", redirectUris: [REDIRECT], scopes: ALL } as const;
      await serving.identity.administration.clients.add(id, draft, OPERATOR);
      const config = await discover(serving, id);
      const tokens = await redeem(config, await authorize(config, EMAIL, { scope: ALL.join(" ") }));
      return { id, token: tokens.refresh_token as string };
    }
    const narrowed = (id: string, scopes: readonly string[]) =>
      serving.identity.administration.clients.change(id, { scopes }, OPERATOR);
    const refresh = (id: string, token: string, more: Record<string, string> = {}) =>
      askForTokens(serving, { grant_type: "refresh_token", client_id: id, refresh_token: token, ...more });

    it("with the scope is told about the account", async () => {
      const { id, token } = await withToken();
      const { body } = await refresh(id, token, { scope: "openid email" });
      const headers = { authorization: `Bearer ${String(body["access_token"])}` };
      expect(await (await fetch(`${serving.issuer}/me`, { headers })).json()).toMatchObject({ email: EMAIL });
    });

    it.each(["email", "offline_access", "openid"])(
      "that %s was taken from has no more tokens by an old one",
      async (scope) => {
        const { id, token } = await withToken();
        await narrowed(
          id,
          ALL.filter((name) => name !== scope),
        );
        expect(await refresh(id, token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
      },
    );

    it("that a scope of the API was taken from goes on without it", async () => {
      const { id, token } = await withToken();
      await narrowed(
        id,
        ALL.filter((name) => name !== "orders:write"),
      );
      expect(await refresh(id, token)).toMatchObject({ status: 200, body: { scope: "orders:read" } });
    });

    it("that was given more goes on as before", async () => {
      const { id, token } = await withToken();
      await serving.identity.administration.clients.change(id, { name: "Another name" }, OPERATOR);
      expect((await refresh(id, token)).status).toBe(200);
    });

    it("of another profile begins anew", async () => {
      const { id, token } = await withToken();
      await serving.identity.administration.clients.change(id, { profile: "confidential" }, OPERATOR);
      const secret = await serving.identity.clients.addSecret(id);
      expect(await refresh(id, token, { client_secret: secret as string })).toMatchObject({ status: 400 });
    });

    it("that the configuration takes the scope from has no more tokens either", async () => {
      const { id, token } = await withToken();
      const { clients, administration } = serving.identity;
      const client = await clients.find(id);
      const settings = { redirectUris: [REDIRECT], postLogoutRedirectUris: [], scopes: ["openid", "offline_access"] };
      const kept = (await clients.all()).filter(({ isDeclared }) => isDeclared);
      const declared = [...kept, { id, profile: "public", name: client?.name ?? "", settings } as const];
      await administration.takeOver({ roles: [], resources: [], clients: declared });
      expect(await refresh(id, token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    });
  });
});
