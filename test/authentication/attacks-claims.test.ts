// ATTACKS.md J18 to J23, J27, J29: what a rightly signed token says.
import { beforeAll, describe, expect, it } from "vitest";
import type { Authenticator } from "../../src/authentication/authenticator.ts";
import { FakeTime } from "./fake-time.ts";
import { AUDIENCE, type Claims, claimsAt, forge, headerText, ISSUER, issue, makeKey, type TestKey } from "./issuer.ts";
import { accepted, authenticatorOf, keysOf, verdict } from "./judging.ts";
import type { KeySource } from "../../src/authentication/key-source.ts";

const MALFORMED = "authentication.token-malformed";
const EXPIRED = "authentication.token-expired";
const EARLY = "authentication.token-not-yet-valid";
const time = new FakeTime();
const now = time.seconds;
let key: TestKey;
let keys: KeySource;
let gate: Authenticator;
const token = (changes: Claims, header: Claims = {}): string =>
  forge(key, headerText(key, header), JSON.stringify(claimsAt(now, changes)));
const judged = (changes: Claims, by = gate): Promise<string> => verdict(by, token(changes));
/** For numbers that JSON.stringify would write otherwise. */
const written = (name: string, value: string): string =>
  forge(key, headerText(key), JSON.stringify(claimsAt(now, { [name]: "@" })).replace('"@"', value));

beforeAll(async () => {
  key = await makeKey("ES256", "k1");
  keys = await keysOf(key);
  gate = authenticatorOf(keys, time);
});

describe("time", () => {
  it("J18 exp missing, string, negative, equal to now, 1e300", async () => {
    for (const exp of [undefined, null, String(now + 300), -1, [now + 300], {}, true, now + 0.5]) {
      expect(await judged({ exp })).toBe(MALFORMED);
    }
    for (const value of ["1e300", "1e400", "9007199254740993", "99999999999999"]) {
      expect(await verdict(gate, written("exp", value))).toBe(MALFORMED);
    }
    for (const exp of [0, now - 3_600, now - 30, now - 1, now]) expect(await judged({ exp })).toBe(EXPIRED);
    expect(await judged({ exp: now + 1 })).toBe("accepted");
  });

  it("J18 exp is exact to the millisecond, and the skew never lengthens a life", async () => {
    const later = new FakeTime();
    const authenticator = authenticatorOf(keys, later, { skewSeconds: 300 });
    const short = token({ exp: now + 1 });
    later.jump(999);
    expect(await verdict(authenticatorOf(keys, later), short)).toBe("accepted");
    later.jump(1);
    expect(await verdict(authenticator, short)).toBe(EXPIRED);
  });

  it("J19 nbf or iat in the future beyond the skew, or no dates at all", async () => {
    for (const name of ["nbf", "iat"]) {
      for (const ahead of [31, 300, 86_400 * 365]) {
        expect(await judged({ [name]: now + ahead, exp: now + 86_400 * 366 })).toBe(EARLY);
      }
      for (const value of [null, "1", -1, 0.5, [], {}, false]) expect(await judged({ [name]: value })).toBe(MALFORMED);
      expect(await verdict(gate, written(name, "1e300"))).toBe(MALFORMED);
      expect(await judged({ [name]: undefined })).toBe("accepted");
    }
  });

  it("J19 a life longer than the issuer's maximum", async () => {
    const strict = authenticatorOf(keys, time, { lifetimeMaxSeconds: 600 });
    expect(await judged({ iat: now - 1, exp: now + 599 }, strict)).toBe("accepted");
    const rejected = "authentication.token-lifetime-rejected";
    expect(await judged({ iat: now - 1, exp: now + 600 }, strict)).toBe(rejected);
    expect(await judged({ iat: undefined, exp: now + 5 }, strict)).toBe(rejected);
    expect(await judged({ iat: now - 1, exp: now + 86_400 * 365 * 10 })).toBe("accepted");
  });

  it("J20 exactly at the skew, both sides", async () => {
    for (const name of ["nbf", "iat"]) {
      expect(await judged({ [name]: now + 30 })).toBe("accepted");
      expect(await judged({ [name]: now + 31 })).toBe(EARLY);
      const exact = authenticatorOf(keys, time, { skewSeconds: 0 });
      expect(await judged({ [name]: now }, exact)).toBe("accepted");
      expect(await judged({ [name]: now + 1 }, exact)).toBe(EARLY);
    }
  });
});

describe("who it is from and for", () => {
  it("J21 iss with slash, case, array, missing", async () => {
    for (const iss of [
      undefined,
      null,
      "",
      ISSUER.slice(0, -1),
      `${ISSUER}/`,
      ISSUER.toUpperCase(),
      [ISSUER],
      { url: ISSUER },
      `${ISSUER}\u0000`,
      "https://login.example.com.attacker.example/",
    ]) {
      expect(await judged({ iss })).toBe("authentication.issuer-rejected");
    }
  });

  it("J22 aud missing, prefix, object, another API", async () => {
    const rejected = "authentication.audience-rejected";
    for (const aud of [
      undefined,
      null,
      "",
      [],
      AUDIENCE.slice(0, -1),
      `${AUDIENCE}/`,
      `${AUDIENCE}.attacker.example`,
      "https://other.example.com",
      { 0: AUDIENCE },
      { [AUDIENCE]: true },
      [[AUDIENCE]],
      [AUDIENCE, 5],
      ["https://other.example.com"],
      `${AUDIENCE} https://other.example.com`,
    ]) {
      expect(await judged({ aud })).toBe(rejected);
    }
    expect(await judged({ aud: [AUDIENCE, "https://other.example.com"] })).toBe("accepted");
    const either = authenticatorOf(keys, time, { audience: ["https://other.example.com", AUDIENCE] });
    expect(await judged({}, either)).toBe("accepted");
  });

  it("J23 ID token, logout token, DPoP proof, refresh token as access token", async () => {
    const rejected = "authentication.token-type-rejected";
    for (const typ of [
      undefined,
      null,
      "JWT",
      "jwt",
      "logout+jwt",
      "dpop+jwt",
      "at+JWT",
      " at+jwt",
      ["at+jwt"],
      "",
      5,
    ]) {
      expect(await verdict(gate, token({}, { typ }))).toBe(rejected);
    }
    expect(await verdict(gate, token({}, { typ: "at+jwt" }))).toBe("accepted");
    expect(await verdict(gate, token({}, { typ: "application/at+jwt" }))).toBe("accepted");
    // Also where the type does not tell.
    const untyped = authenticatorOf(keys, time, { typ: "JWT" });
    const idToken = { at_hash: "x", nonce: "n", auth_time: now };
    const logout = { events: { "http://schemas.openid.net/event/backchannel-logout": {} } };
    for (const changes of [idToken, { c_hash: "x" }, logout, { htm: "GET", htu: "https://x" }, { token_use: "id" }]) {
      expect(await verdict(untyped, token(changes, { typ: "JWT" }))).toBe(rejected);
    }
    expect(await verdict(untyped, token({}, { typ: "JWT" }))).toBe("accepted");
    for (const typ of ["dpop+jwt", "logout+jwt", "application/dpop+jwt", ""]) {
      expect(() => authenticatorOf(keys, time, { typ })).toThrow(/never an access token/);
    }
  });

  it("J23 Keycloak types its tokens in the payload", async () => {
    const keycloak = authenticatorOf(keys, time, { preset: "keycloak" });
    for (const typ of ["ID", "Refresh", "Offline", "Logout", undefined, "bearer"]) {
      expect(await verdict(keycloak, token({ typ }, { typ: "JWT" }))).toBe("authentication.token-type-rejected");
    }
    const bearer = token({ typ: "Bearer", realm_access: { roles: ["support"] } }, { typ: "JWT" });
    expect((await accepted(keycloak, bearer)).principal.roles).toEqual(["support"]);
  });

  it("J27 issuer A's token where issuer B is asked for, and two issuers with one kid", async () => {
    const other = await makeKey("ES256", "k1");
    const otherIssuer = "https://other.example.com/";
    const gateB = authenticatorOf(await keysOf(other), time, { scheme: "b", issuer: otherIssuer });
    const ofA = token({});
    expect(await verdict(gate, ofA)).toBe("accepted");
    expect(await verdict(gateB, ofA)).toBe("authentication.issuer-rejected");
    // A speaks in the name of B: the same kid, but A's key.
    expect(await verdict(gateB, token({ iss: otherIssuer }))).toBe("authentication.signature-invalid");
    const ofB = await issue(other, claimsAt(now, { iss: otherIssuer }));
    expect(await verdict(gateB, ofB)).toBe("accepted");
    expect(await verdict(gate, ofB)).toBe("authentication.issuer-rejected");
  });

  it("D10 a bound token as plain Bearer", async () => {
    for (const cnf of [{ jkt: "x" }, { "x5t#S256": "x" }, {}, null, "x", []]) {
      expect(await judged({ cnf })).toBe("authentication.proof-required");
    }
  });

  it("refuses names that are no names", async () => {
    for (const name of ["sub", "client_id", "azp", "jti"]) {
      for (const value of [null, "", 5, ["x"], {}]) expect(await judged({ [name]: value })).toBe(MALFORMED);
    }
  });

  it("tells a client from a user", async () => {
    const kindOf = async (changes: Claims): Promise<string> => (await accepted(gate, token(changes))).principal.kind;
    expect(await kindOf({})).toBe("user");
    expect(await kindOf({ sub: "app-1" })).toBe("client");
    expect(await kindOf({ sub: undefined })).toBe("client");
    expect(await kindOf({ sub: "x@clients", gty: "client-credentials" })).toBe("client");
    expect(await kindOf({ client_id: undefined, azp: "user-1" })).toBe("client");
  });
});
