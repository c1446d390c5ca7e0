// A refresh that is refused for what it asks uses nothing up: the client that asked for too much stays signed in (RFC 6749 6, RFC 8707 2.2).
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens, authorize, discover, redeem, signUp } from "./flows.ts";
import { AUDIENCE, type Serving } from "./serving.ts";

const EMAIL = "ann@example.com";
/** Longer than a used refresh token may come again. */
const LATER_MS = 11_000;

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("T08 a refresh token", () => {
    let serving: Serving;

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, EMAIL);
    });
    const refresh = (token: unknown, more: Record<string, string> = {}) =>
      askForTokens(serving, { grant_type: "refresh_token", client_id: "spa", refresh_token: String(token), ...more });

    async function given() {
      const config = await discover(serving, "spa");
      return (await redeem(config, await authorize(config, EMAIL))).refresh_token;
    }

    it.each<[string, Record<string, string>, string]>([
      ["another API", { resource: "https://elsewhere.example" }, "invalid_target"],
      ["no address", { resource: "orders" }, "invalid_target"],
      ["the administration", { resource: "administration" }, "invalid_target"],
      ["a wider scope", { scope: "orders:read orders:write" }, "invalid_scope"],
    ])("that was shown for %s is good as before", async (_, asked, error) => {
      const token = await given();
      const more = asked["resource"] === "administration" ? { resource: `${serving.issuer}/admin/v1` } : asked;
      for (let i = 0; i < 3; i += 1) expect(await refresh(token, more)).toMatchObject({ status: 400, body: { error } });
      servers.aheadMs += LATER_MS;
      const { status, body } = await refresh(token);
      expect([status, body["scope"]]).toEqual([200, "orders:read"]);
      // It was used by that, and by that alone.
      servers.aheadMs += LATER_MS;
      expect(await refresh(token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    });

    it("is exchanged for the API that it was given for, named or not", async () => {
      const { body } = await refresh(await given(), { resource: AUDIENCE });
      expect((await refresh(body["refresh_token"])).status).toBe(200);
    });
  });
});
