// The verified-token cache: what it saves, what ends it, and that it stays within bounds.
import { beforeAll, describe, expect, it } from "vitest";
import type { KeySource } from "../../src/authentication/key-source.ts";
import { TokenCache, type VerifiedToken } from "../../src/authentication/token-cache.ts";
import type { AlgorithmName } from "../../src/cryptography/signature.ts";
import { ANONYMOUS } from "../../src/core/principal.ts";
import { FakeTime } from "./fake-time.ts";
import { claimsAt, issue, makeKey, type TestKey } from "./issuer.ts";
import { authenticatorOf, keysOf, verdict } from "./judging.ts";
import { bearer } from "./requests.ts";

let ec: TestKey;
let slow: TestKey;

beforeAll(async () => {
  ec = await makeKey("ES256", "ec");
  slow = await makeKey("ES512", "slow");
});

async function counted(...keys: TestKey[]): Promise<{ source: KeySource; count: () => number }> {
  const source = await keysOf(...keys);
  let count = 0;
  return {
    count: () => count,
    source: {
      name: source.name,
      algorithms: source.algorithms,
      needsKid: true,
      ready: () => source.ready(),
      state: () => source.state(),
      find: (kid: string | undefined, algorithm: AlgorithmName) => {
        count += 1;
        return source.find(kid, algorithm);
      },
      usableUntilMs: () => source.usableUntilMs(),
      retryAfterSeconds: () => 1,
      close: () => source.close(),
    },
  };
}

describe("in front of an authenticator", () => {
  it("answers at once, with the same principal, for a minute", async () => {
    const time = new FakeTime();
    const { source, count } = await counted(ec);
    const authenticator = authenticatorOf(source, time);
    const token = await issue(ec, claimsAt(time.seconds));
    const first = authenticator.authenticate(bearer(token));
    expect(first).toHaveProperty("principal"); // ES256 is verified without leaving the call
    expect(authenticator.authenticate(bearer(token))).toBe(first);
    time.jump(59_999);
    expect(authenticator.authenticate(bearer(token))).toBe(first);
    expect(count()).toBe(1);
    time.jump(1);
    expect(authenticator.authenticate(bearer(token))).not.toBe(first);
    expect(count()).toBe(2);
  });

  it("ends with the token, to the millisecond, whatever the wall clock does", async () => {
    const time = new FakeTime();
    const { source } = await counted(ec);
    const authenticator = authenticatorOf(source, time);
    const token = await issue(ec, claimsAt(time.seconds, { exp: time.seconds + 20 }));
    expect(await verdict(authenticator, token)).toBe("accepted");
    time.jump(19_999);
    expect(await verdict(authenticator, token)).toBe("accepted");
    time.jump(1);
    expect(await verdict(authenticator, token)).toBe("authentication.token-expired");
    time.wallMs -= 3_600_000; // set back: verified anew, never from memory beyond its minute
    time.jump(60_000);
    expect(await verdict(authenticator, token)).toBe("authentication.token-not-yet-valid");
  });

  it("verifies a cold token once however many requests bring it", async () => {
    const time = new FakeTime();
    const { source, count } = await counted(slow);
    const authenticator = authenticatorOf(source, time);
    const token = await issue(slow, claimsAt(time.seconds));
    const results = Array.from({ length: 100 }, () => authenticator.authenticate(bearer(token)));
    expect(results.every((result) => result instanceof Promise)).toBe(true); // ES512 goes to the thread pool
    expect(new Set(await Promise.all(results.map((result) => Promise.resolve(result)))).size).toBe(1);
    expect(count()).toBe(1);
    expect(authenticator.authenticate(bearer(token))).not.toBeInstanceOf(Promise);
  });

  it("believes no key that goes while its signature is being verified", async () => {
    const time = new FakeTime();
    const { source } = await counted(slow);
    const cache = new TokenCache();
    const authenticator = authenticatorOf(source, time, { cache });
    const pending = verdict(authenticator, await issue(slow, claimsAt(time.seconds)));
    source.close();
    expect(await pending).toBe("authentication.key-unknown");
    expect(cache.size).toBe(0);
  });

  it("remembers no refusal: neither a flood nor a late key can fill or fool it", async () => {
    const time = new FakeTime();
    const { source, count } = await counted(ec);
    const cache = new TokenCache();
    const authenticator = authenticatorOf(source, time, { cache });
    const token = await issue(ec, claimsAt(time.seconds, { nbf: time.seconds + 40 }));
    for (let i = 0; i < 50; i += 1) await verdict(authenticator, `${token.slice(0, -10)}AAAAAAAA${token.slice(-2)}`);
    expect(await verdict(authenticator, token)).toBe("authentication.token-not-yet-valid");
    expect(cache.size).toBe(0);
    expect(count()).toBe(51);
    time.jump(10_000);
    expect(await verdict(authenticator, token)).toBe("accepted");
  });

  it("does not let a verdict outlive the settings it was made by", async () => {
    const time = new FakeTime();
    const { source } = await counted(ec);
    const cache = new TokenCache();
    const token = await issue(ec, claimsAt(time.seconds));
    expect(await verdict(authenticatorOf(source, time, { cache }), token)).toBe("accepted");
    const after = authenticatorOf(source, time, { cache, audience: "https://other.example.com" });
    expect(await verdict(after, token)).toBe("authentication.audience-rejected");
    const same = authenticatorOf(source, time, { cache });
    expect(await verdict(same, token)).toBe("accepted");
  });
});

describe("its bounds", () => {
  const entry = (signed: string, tokenBytes = 100): VerifiedToken => ({
    credential: { scheme: signed, principal: ANONYMOUS },
    names: { names: [], issuedAtMs: undefined },
    judgedBy: "x",
    key: { verification: undefined as never, retired: false },
    signed,
    tokenBytes,
    expiresAtMs: 1_000,
    verifiedUntilMs: 1_000,
  });
  const has = (cache: TokenCache, id: string): boolean => cache.get(id, "x", 0, 0) !== undefined;

  it("keeps at most so many, and those in use longest", () => {
    const cache = new TokenCache({ entriesMax: 10 });
    for (let i = 0; i < 10; i += 1) cache.put(`t${i}`, entry(`s${i}`), 0);
    expect(has(cache, "t0")).toBe(true);
    for (let i = 10; i < 1_000; i += 1) {
      cache.put(`t${i}`, entry(`s${i}`), 0);
      expect(has(cache, "t0")).toBe(true);
      expect(cache.size).toBe(10);
    }
    expect(has(cache, "t500")).toBe(false);
  });

  it("keeps at most so many bytes of tokens", () => {
    const cache = new TokenCache({ tokenBytesSumMax: 1_000 });
    for (let i = 0; i < 100; i += 1) cache.put(`t${i}`, entry(`s${i}`, 300), 0);
    expect(cache.size).toBe(3);
    cache.put("large", entry("large", 1_001), 0);
    expect(has(cache, "large")).toBe(false);
    expect(cache.size).toBe(3);
  });

  it("evicts also where all are in use", () => {
    const cache = new TokenCache({ entriesMax: 3 });
    for (const id of ["a", "b", "c"]) cache.put(id, entry(id), 0);
    for (const id of ["a", "b", "c"]) has(cache, id);
    cache.put("d", entry("d"), 0);
    expect(cache.size).toBe(3);
    expect(has(cache, "d")).toBe(true);
  });

  it("holds nothing of who is gone: what must be verified again goes when others come", () => {
    const cache = new TokenCache();
    for (let i = 0; i < 100; i += 1) cache.put(`t${i}`, { ...entry(`s${i}`), verifiedUntilMs: 1_000 + i }, i);
    expect(cache.size).toBe(100);
    cache.put("later", { ...entry("later"), verifiedUntilMs: 9_000 }, 1_049);
    expect(cache.size).toBe(51);
    expect([has(cache, "t49"), has(cache, "t50")]).toEqual([false, true]);
    cache.put("last", { ...entry("last"), verifiedUntilMs: 99_000 }, 9_000);
    expect(cache.size).toBe(1);
  });

  it("gives nothing for a retired key, an ended token, or other settings", () => {
    const cache = new TokenCache();
    const token = entry("s");
    cache.put("t", token, 0);
    expect(cache.get("t", "y", 0, 0)).toBeUndefined();
    expect(cache.get("t", "x", 999, 999)).toBeDefined();
    expect(cache.get("t", "x", 1_000, 0)).toBeUndefined();
    cache.put("t", token, 0);
    expect(cache.get("t", "x", 0, 1_000)).toBeUndefined();
    cache.put("t", token, 0);
    token.key.retired = true;
    expect(cache.get("t", "x", 0, 0)).toBeUndefined();
    expect(cache.size).toBe(0);
  });
});
