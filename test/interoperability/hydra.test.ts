// A real Ory Hydra in front of a real gate: its JWT access tokens hold, ID tokens and opaque tokens do not, and the record says why.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { run } from "../cli/running.ts";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { type Hydra, PROGRAM, startHydra } from "./hydra.ts";
import { AUDIENCE, protectOrders, type ProtectedOrders } from "./protected-orders.ts";

const REFUND = { method: "POST", path: "/orders/1/refund" };
const FETCH_AGAIN_MS = 31_000;

describe.skipIf(PROGRAM === undefined)(
  "Ory Hydra (skipped where HYDRA_BIN is not set: see CONTRIBUTING.md)",
  { timeout: 60_000 },
  () => {
    let hydra: Hydra;
    let gate: ProtectedOrders;

    beforeAll(async () => {
      hydra = await startHydra({ accessToken: "jwt", audience: AUDIENCE });
      // Roles are what the consent application put into the token: Hydra has a place for them, `ext`.
      const claims = { roles: ["ext", "roles"] };
      gate = await protectOrders({ issuer: hydra.issuer, audience: AUDIENCE, preset: "hydra", claims });
    }, 120_000);

    afterAll(async () => {
      await gate?.close();
      await hydra?.close();
    });

    it("lets in who has the scope, by client credentials and by Authorization Code with PKCE", async () => {
      const job = await hydra.clientToken({ scope: "orders:read", audience: AUDIENCE });
      expect(await gate.ask(job)).toMatchObject({ status: 200 });
      expect(await gate.ask(job, { method: "DELETE", path: "/orders/2" })).toMatchObject({
        status: 403,
        reason: "authorization.scope-insufficient",
      });
      expect(
        await gate.ask(await hydra.clientToken({ scope: "orders:write", audience: AUDIENCE }), REFUND),
      ).toMatchObject({
        status: 403,
        reason: "authorization.permission-missing",
      });
      const sue = await hydra.userTokens({ scope: "openid offline orders:read orders:write", audience: AUDIENCE });
      expect(await gate.ask(sue.access_token)).toMatchObject({ status: 200 });
      expect(await gate.ask(sue.access_token, REFUND)).toMatchObject({ status: 200 });
      expect(gate.fetched).toHaveLength(2);
    });

    it("refuses ID and refresh tokens, and tokens for other APIs or for none", async () => {
      const sue = await hydra.userTokens({ scope: "openid offline orders:read", audience: AUDIENCE });
      expect(await gate.ask(sue.id_token as string)).toMatchObject({ reason: "authentication.token-type-rejected" });
      expect(await gate.ask(sue.refresh_token as string)).toMatchObject({ reason: "authentication.token-malformed" });
      const other = await hydra.clientToken({ scope: "orders:read", audience: "https://other.example.com" });
      expect(await gate.ask(other)).toMatchObject({
        reason: "authentication.audience-rejected",
        internal: `aud is "https://other.example.com", not "${AUDIENCE}"`,
      });
      expect(await gate.ask(await hydra.clientToken({ scope: "orders:read" }))).toMatchObject({
        reason: "authentication.audience-rejected",
        internal: `aud is empty, not "${AUDIENCE}"`,
      });
    });

    it("says what is wrong without the preset; is recognised by init", async () => {
      const plain = await protectOrders({ issuer: hydra.issuer, audience: AUDIENCE });
      onTestFinished(() => plain.close());
      const job = await hydra.clientToken({ scope: "orders:read", audience: AUDIENCE });
      expect(await plain.ask(job)).toMatchObject({
        reason: "authentication.token-type-rejected",
        internal: "typ is JWT, not at+jwt or application/at+jwt",
      });
      const cwd = folderWith({ "openapi.yaml": DOCUMENT });
      const { out } = await run(["init", "--yes", "--issuer", hydra.issuer, "--audience", AUDIENCE], { cwd });
      expect(out).toContain("The issuer is Ory Hydra: its preset is set.");
    });

    it("takes a new key without a restart, by one fetch", async () => {
      const before = gate.fetched.length;
      const old = await hydra.clientToken({ scope: "orders:read", audience: AUDIENCE });
      await hydra.admin("POST", "/keys/hydra.jwt.access-token", { alg: "RS256", use: "sig", kid: "next" });
      const token = await hydra.clientToken({ scope: "orders:read", audience: AUDIENCE });
      expect(Buffer.from(token.split(".")[0] as string, "base64url").toString()).toContain('"next"');
      gate.passMs(FETCH_AGAIN_MS);
      const asked = await Promise.all(Array.from({ length: 20 }, () => gate.ask(token)));
      expect(asked.every(({ status }) => status === 200)).toBe(true);
      expect(gate.fetched.slice(before)).toEqual([`${hydra.issuer}/.well-known/jwks.json`]);
      expect(await gate.ask(old)).toMatchObject({ status: 200 });
    });

    it.each(["string", "both"] as const)("reads scopes where `scope_claim` is %s", async (scopeClaim) => {
      const other = await startHydra({ accessToken: "jwt", scopeClaim, audience: AUDIENCE });
      onTestFinished(() => other.close());
      const otherGate = await protectOrders({ issuer: other.issuer, audience: AUDIENCE, preset: "hydra" });
      onTestFinished(() => otherGate.close());
      const token = await other.clientToken({ scope: "orders:read", audience: AUDIENCE });
      expect(await otherGate.ask(token)).toEqual({ status: 200, reason: "", internal: undefined, retryAfter: null });
    });

    it("says of an opaque token that it is one", async () => {
      const opaque = await startHydra({ accessToken: "opaque", audience: AUDIENCE });
      onTestFinished(() => opaque.close());
      const itsGate = await protectOrders({ issuer: opaque.issuer, audience: AUDIENCE, preset: "hydra" });
      onTestFinished(() => itsGate.close());
      expect(await itsGate.ask(await opaque.clientToken({ scope: "orders:read", audience: AUDIENCE }))).toMatchObject({
        status: 401,
        reason: "authentication.token-malformed",
        internal: "it is no JWT: an opaque token, perhaps, which only its issuer can read",
      });
    });
  },
);
