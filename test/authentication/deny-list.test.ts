// A revoked token is refused at once: also where it was verified a moment ago, and in every other spelling of its signature.
import { beforeAll, describe, expect, it } from "vitest";
import { deniedName, MemoryDenyList, signedDigest } from "../../src/authentication/deny-list.ts";
import { TokenCache } from "../../src/authentication/token-cache.ts";
import { denyListConformance } from "./deny-list-conformance.ts";
import { FakeTime } from "./fake-time.ts";
import { claimsAt, ISSUER, issue, makeKey, type TestKey, twinOf } from "./issuer.ts";
import { authenticatorOf, denied, keysOf, verdict } from "./judging.ts";

denyListConformance("the list in memory", () => new MemoryDenyList());

const REVOKED = "authentication.token-revoked";
let ec: TestKey;
let slow: TestKey;

beforeAll(async () => {
  ec = await makeKey("ES256", "ec");
  slow = await makeKey("ES512", "slow");
});

async function gate() {
  const time = new FakeTime();
  const list = new MemoryDenyList();
  const cache = new TokenCache();
  const authenticator = authenticatorOf(await keysOf(ec, slow), time, { denied: list, cache });
  return { time, list, cache, authenticator };
}

describe("an authenticator with a deny list", () => {
  it("asks it after each hit of the cache", async () => {
    const { time, list, cache, authenticator } = await gate();
    const token = await issue(ec, claimsAt(time.seconds));
    expect(await verdict(authenticator, token)).toBe("accepted");
    expect(cache.size).toBe(1);
    list.add({ name: deniedName("token", ISSUER, "token-1") }, time.nowMs());
    expect(await verdict(authenticator, token)).toBe(REVOKED);
    expect((await denied(authenticator, token)).lines?.[1]).toContain('error="invalid_token"');
  });

  it("asks it after a verification, also one that the thread pool did for many", async () => {
    const { time, list, authenticator } = await gate();
    list.add({ name: deniedName("subject", ISSUER, "user-1") }, time.nowMs());
    for (const key of [ec, slow]) {
      const token = await issue(key, claimsAt(time.seconds));
      const said = await Promise.all(Array.from({ length: 20 }, () => verdict(authenticator, token)));
      expect(new Set(said)).toEqual(new Set([REVOKED]));
    }
  });

  it("denies by session, by subject, and by what was signed where the token has no id", async () => {
    const { time, list, authenticator } = await gate();
    const session = await issue(ec, claimsAt(time.seconds, { sid: "s1", jti: "a" }));
    const other = await issue(ec, claimsAt(time.seconds, { sid: "s2", jti: "b", sub: "user-2" }));
    const unnamed = await issue(ec, claimsAt(time.seconds, { jti: undefined, sub: "user-3" }));
    list.add({ name: deniedName("session", ISSUER, "s1") }, time.nowMs());
    const signed = unnamed.slice(0, unnamed.lastIndexOf("."));
    list.add({ name: deniedName("digest", "", signedDigest(Buffer.from(signed))) }, time.nowMs());
    expect(await verdict(authenticator, session)).toBe(REVOKED);
    expect(await verdict(authenticator, unnamed)).toBe(REVOKED);
    expect(await verdict(authenticator, other)).toBe("accepted");
  });

  it("lets a user who signed in anew pass", async () => {
    const { time, list, authenticator } = await gate();
    const old = await issue(ec, claimsAt(time.seconds, { iat: time.seconds - 60 }));
    list.add({ name: deniedName("subject", ISSUER, "user-1"), beforeMs: time.wallMs }, time.nowMs());
    const fresh = await issue(ec, claimsAt(time.seconds, { iat: time.seconds }));
    const undated = await issue(ec, claimsAt(time.seconds, { iat: undefined }));
    expect(await verdict(authenticator, old)).toBe(REVOKED);
    expect(await verdict(authenticator, fresh)).toBe("accepted");
    expect(await verdict(authenticator, undated)).toBe(REVOKED);
  });

  it("says nothing about a token that does not hold: the list is no oracle", async () => {
    const { time, list, authenticator } = await gate();
    list.add({ name: deniedName("token", ISSUER, "token-1") }, time.nowMs());
    const mine = await makeKey("ES256", "ec");
    expect(await verdict(authenticator, await issue(mine, claimsAt(time.seconds)))).toBe(
      "authentication.signature-invalid",
    );
  });

  it("J17 the twin signature (r, n−s) is valid, and no second name: neither in the cache nor on the list", async () => {
    for (const named of [true, false]) {
      const { time, list, cache, authenticator } = await gate();
      const token = await issue(ec, claimsAt(time.seconds, named ? {} : { jti: undefined }));
      const twin = twinOf(token);
      expect(twin).not.toBe(token);
      expect(await verdict(authenticator, token)).toBe("accepted");
      expect(await verdict(authenticator, twin)).toBe("accepted"); // it is rightly signed: mathematics says so
      expect(cache.size).toBe(1);
      const signed = Buffer.from(token.slice(0, token.lastIndexOf(".")));
      const name = named ? deniedName("token", ISSUER, "token-1") : deniedName("digest", "", signedDigest(signed));
      list.add({ name }, time.nowMs());
      expect(await verdict(authenticator, token)).toBe(REVOKED);
      expect(await verdict(authenticator, twin)).toBe(REVOKED);
    }
  });
});
