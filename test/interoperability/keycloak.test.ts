// A real Keycloak in front of a real gate: its tokens hold, its other tokens do not, its keys may change and it may go away.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { addKey, disableKey, HOME, type Keycloak, setUpShop, startKeycloak } from "./keycloak.ts";
import { run } from "../cli/running.ts";
import { folderWith } from "../configuration/folder.ts";
import { DOCUMENT } from "../configuration/composing.ts";
import { AUDIENCE, protectOrders, type ProtectedOrders } from "./protected-orders.ts";
import type { Tokens } from "./sign-in.ts";

const REFUND = { method: "POST", path: "/orders/1/refund" };
/** Longer than the wait between two fetches for keys that nobody knows. */
const FETCH_AGAIN_MS = 31_000;
const OUTAGE_MAX_MS = 3_600_000;

function partOf(token: string, index: number): unknown {
  return JSON.parse(Buffer.from(token.split(".")[index] as string, "base64url").toString());
}

describe.skipIf(HOME === undefined)(
  "Keycloak (skipped where KEYCLOAK_HOME is not set: see CONTRIBUTING.md)",
  { timeout: 120_000 },
  () => {
    let keycloak: Keycloak;
    let gate: ProtectedOrders;
    let carl: Tokens;
    let sue: Tokens;

    beforeAll(async () => {
      keycloak = await startKeycloak("shop");
      await setUpShop(keycloak, AUDIENCE);
      gate = await protectOrders({ issuer: keycloak.issuer, audience: AUDIENCE, preset: "keycloak" });
      carl = await keycloak.userTokens("carl", "openid orders:read orders:write");
      sue = await keycloak.userTokens("sue", "openid orders:read orders:write");
    }, 240_000);

    afterAll(async () => {
      await gate?.close();
      await keycloak?.close();
    });

    it("lets in who has the scope, by client credentials and by Authorization Code with PKCE", async () => {
      expect(await gate.ask(await keycloak.clientToken("job", "orders:read"))).toMatchObject({ status: 200 });
      expect(await gate.ask(sue.access_token)).toMatchObject({ status: 200 });
      expect(await gate.ask(await keycloak.clientToken("rfc9068-job", "orders:read"))).toMatchObject({ status: 200 });
      expect(gate.fetched).toEqual([
        `${keycloak.issuer}/.well-known/openid-configuration`,
        `${keycloak.issuer}/protocol/openid-connect/certs`,
      ]);
    });

    it("refuses too little scope, and takes realm roles as roles", async () => {
      const reader = await keycloak.clientToken("job", "orders:read");
      expect(await gate.ask(reader, { method: "DELETE", path: "/orders/2" })).toMatchObject({
        status: 403,
        reason: "authorization.scope-insufficient",
      });
      expect(await gate.ask(carl.access_token, REFUND)).toMatchObject({
        status: 403,
        reason: "authorization.permission-missing",
      });
      expect(await gate.ask(sue.access_token, REFUND)).toMatchObject({ status: 200 });
    });

    it("refuses ID and refresh tokens, and says what they are", async () => {
      expect(await gate.ask(sue.id_token as string)).toMatchObject({
        status: 401,
        reason: "authentication.token-type-rejected",
        internal: "has the claim at_hash",
      });
      expect(await gate.ask(sue.refresh_token as string)).toMatchObject({
        status: 401,
        reason: "authentication.algorithm-rejected",
        internal:
          "alg is not one of the accepted: it is made with a shared secret, as refresh tokens of some issuers are",
      });
    });

    it("refuses a token for other APIs, and says which it names", async () => {
      expect(await gate.ask(await keycloak.clientToken("other-api-job", "orders:read"))).toMatchObject({
        status: 401,
        reason: "authentication.audience-rejected",
        internal: `aud is "account", not "${AUDIENCE}"`,
      });
    });

    it("refuses an expired one, also where it was known", async () => {
      const token = await keycloak.clientToken("brief-job", "orders:read");
      expect(await gate.ask(token)).toMatchObject({ status: 200 });
      const { exp } = partOf(token, 1) as { exp: number };
      await new Promise((resolve) => void setTimeout(resolve, exp * 1_000 - Date.now() + 5));
      expect(await gate.ask(token)).toMatchObject({ status: 401, reason: "authentication.token-expired" });
    });

    it("says what is wrong without the preset, with another name of the issuer, and with another realm's token", async () => {
      const plain = await protectOrders({ issuer: keycloak.issuer, audience: AUDIENCE });
      onTestFinished(() => plain.close());
      expect(await plain.ask(sue.access_token)).toMatchObject({
        reason: "authentication.token-type-rejected",
        internal: "typ is JWT, not at+jwt or application/at+jwt",
      });
      const named = await protectOrders({
        issuer: keycloak.issuer.replace("127.0.0.1", "localhost"),
        audience: AUDIENCE,
        preset: "keycloak",
      });
      onTestFinished(() => named.close());
      expect(await named.ask(sue.access_token)).toMatchObject({
        reason: "authentication.issuer-rejected",
        internal: "iss has the same path on another host or port: the issuer is reached by several names",
      });
      const masters = await keycloak.adminToken();
      expect(await gate.ask(masters)).toMatchObject({
        reason: "authentication.issuer-rejected",
        internal: "iss has another path on the same host",
      });
    });

    it("is recognised by init", async () => {
      const cwd = folderWith({ "openapi.yaml": DOCUMENT });
      const { out } = await run(["init", "--yes", "--issuer", keycloak.issuer, "--audience", AUDIENCE], { cwd });
      expect(out).toContain("The issuer is Keycloak: its preset is set.");
      expect(await run(["check"], { cwd })).toMatchObject({ code: 0 });
    });

    it.each(["ES256", "EdDSA", "PS256"])("takes a new %s key without a restart, by one fetch", async (algorithm) => {
      const before = gate.fetched.length;
      const priority = 200 + before;
      await addKey(keycloak, algorithm, priority);
      const token = await keycloak.clientToken("job", "orders:read");
      expect(partOf(token, 0)).toMatchObject({ alg: algorithm });
      gate.passMs(FETCH_AGAIN_MS);
      const asked = await Promise.all(Array.from({ length: 20 }, () => gate.ask(token)));
      expect(asked.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
      expect(gate.fetched.slice(before)).toEqual([`${keycloak.issuer}/protocol/openid-connect/certs`]);
      expect(await gate.ask(sue.access_token)).toMatchObject({ status: 200 }); // signed by the first key
    });

    it("refuses what a disabled key signed once the keys were loaded again", async () => {
      const id = await addKey(keycloak, "RS256", 900);
      const token = await keycloak.clientToken("job", "orders:read");
      gate.passMs(FETCH_AGAIN_MS);
      expect(await gate.ask(token)).toMatchObject({ status: 200 });
      await disableKey(keycloak, id);
      const next = await keycloak.clientToken("job", "orders:read");
      await addKey(keycloak, "ES384", 901);
      const other = await keycloak.clientToken("job", "orders:read");
      gate.passMs(FETCH_AGAIN_MS);
      expect(await gate.ask(other)).toMatchObject({ status: 200 });
      expect(await gate.ask(next)).toMatchObject({ status: 200 });
      expect(await gate.ask(token)).toMatchObject({ status: 401, reason: "authentication.key-unknown" });
    });

    it("serves on while Keycloak is away for up to an hour; a gate that starts then answers 503 and recovers", async () => {
      const first = await keycloak.clientToken("job", "orders:read");
      expect(await gate.ask(first)).toMatchObject({ status: 200 });
      await keycloak.stop();
      expect(await gate.ask(first)).toMatchObject({ status: 200 });
      expect(await gate.ask(sue.access_token)).toMatchObject({ status: 200 });
      const later = await protectOrders({ issuer: keycloak.issuer, audience: AUDIENCE, preset: "keycloak" });
      onTestFinished(() => later.close());
      expect(await later.ask(first)).toMatchObject({ status: 503, reason: "authentication.keys-unavailable" });
      expect(await later.readyz()).toMatchObject({ status: 503 });
      expect(later.actions).toContain("authentication.keys-unreachable");
      gate.passMs(OUTAGE_MAX_MS);
      const tooOld = await gate.ask(first);
      expect(tooOld).toMatchObject({ status: 503, reason: "authentication.keys-unavailable" });
      expect(Number(tooOld.retryAfter)).toBeGreaterThan(0);
      expect(await gate.readyz()).toMatchObject({ status: 200 });
      expect((await gate.readyz()).text).toContain("degraded");

      await keycloak.start();
      await expect.poll(async () => (await later.readyz()).status, { timeout: 70_000 }).toBe(200);
      await expect.poll(async () => (await gate.readyz()).text, { timeout: 70_000 }).toContain('"ready"');
      const fresh = await keycloak.clientToken("job", "orders:read");
      expect(await later.ask(fresh)).toMatchObject({ status: 200 });
      expect(await gate.ask(fresh)).toMatchObject({ status: 200 });
    });
  },
);
