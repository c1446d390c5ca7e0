// Guards the bounds of hashing: how many at once, how many wait, and for how long; nobody is hashed for who has gone.
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { HashingBusyError, PasswordHasher } from "../../src/identity/accounts/password-hash.ts";

const AT_ONCE = 3;
const WAITING_MAX = 100;

const PATIENCE_MS = 180_000;

describe("P13 passwords that come all at once", () => {
  it(
    "are hashed as long as they may wait, and those beyond are told to come back at once",
    { timeout: PATIENCE_MS },
    async () => {
      // On a clock that stands: how long it takes is the machine's.
      const hasher = new PasswordHasher([randomBytes(32)], () => 0);
      const all = Array.from({ length: AT_ONCE + WAITING_MAX + 5 }, () => hasher.hash("correct horse battery"));
      const settled = await Promise.allSettled(all);
      const refused = settled.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
      expect(refused).toHaveLength(5);
      for (const { reason } of refused) expect(reason).toBeInstanceOf(HashingBusyError);
    },
  );

  it.each([
    [5_000, 0],
    [5_001, 4],
  ])("and wait %i ms: %i of four that waited are refused, the next is hashed again", async (waitedMs, count) => {
    let nowMs = 0;
    const hasher = new PasswordHasher([randomBytes(32)], () => nowMs);
    const all = Array.from({ length: AT_ONCE + 4 }, () => hasher.hash("correct horse battery"));
    nowMs = waitedMs;
    const settled = await Promise.allSettled(all);
    expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(count);
    expect(await hasher.hash("correct horse battery")).toMatch(/^\$argon2id\$/);
  });
});

describe("a hash that somebody put into the database", () => {
  it.each(["m=4194304,t=1,p=1", "m=19456,t=99,p=1", "m=19456,t=2,p=99", "m=19456,t=2,p=0", "m=0,t=2,p=1"])(
    "with %s is computed by nobody, and no password is right",
    async (parameters) => {
      const hasher = new PasswordHasher([randomBytes(32)]);
      const own = await hasher.hash("correct horse battery");
      expect((await hasher.verify("correct horse battery", own)).matches).toBe(true);
      const written = own.replace("m=19456,t=2,p=1", parameters);
      expect(written).not.toBe(own);
      expect(await hasher.verify("correct horse battery", written)).toEqual({ matches: false, outdated: false });
    },
  );
});
