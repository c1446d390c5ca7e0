// Many revocations at once, such as of a role that thousands had: a gate hears of all of them at its next look, and of what comes late.
import { describe, expect, it, onTestFinished } from "vitest";
import { deniedName, MemoryDenyList } from "../../src/authentication/index.ts";
import { systemClock } from "../../src/core/clock.ts";
import { RevocationFollower } from "../../src/gateway/revocation-follower.ts";
import { feedKey } from "../../src/identity/revocation/feed-key.ts";
import { DATABASES, serversOn } from "./databases.ts";

const COUNT = 2_500;
const PART = 500;

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);

  it.runIf(servers.isHere)(
    `T19 ${COUNT} in one second are known to a gate, though the seconds before are told again`,
    async () => {
      const { serving } = servers;
      const { queries } = serving.identity.artifacts.database;
      // Nothing of the overlap runs out by itself.
      servers.standsAtMs = Date.now();
      const nowSeconds = Math.floor(servers.standsAtMs / 1_000);
      const row = (value: string) => ({
        kind: "subject" as const,
        value,
        created_at: nowSeconds,
        until: nowSeconds + 300,
      });
      for (let i = 0; i < COUNT; i += PART) {
        const values = Array.from({ length: PART }, (_, j) => row(`account-${i + j}`));
        await queries.insertInto("revocation").values(values).execute();
      }
      const into = new MemoryDenyList();
      const { issuer } = serving;
      const follower = new RevocationFollower({
        origin: new URL(serving.reachedAt).origin,
        key: feedKey([serving.secret]),
        issuer,
        into,
        keysChanged: () => undefined,
        recorder: { system: () => undefined } as never,
        clock: systemClock,
        everyMs: 20,
      });
      onTestFinished(() => follower.close());
      await expect.poll(() => into.size, { timeout: 60_000 }).toBe(COUNT);
      const denies = (account: string) =>
        into.denies({ names: [deniedName("subject", issuer, account)], issuedAtMs: undefined }, systemClock.nowMs());
      await serving.identity.revocations.revokeAccount("one-more");
      await expect.poll(() => denies("one-more"), { timeout: 60_000 }).toBe(true);
      expect(denies("somebody-else")).toBe(false);
    },
  );

  it.runIf(servers.isHere).each(["x", "-1", "1&after=x", "1&after=-1", "1.5"])(
    "the feed has no part %j",
    async (asked) => {
      const { reachedAt, secret } = servers.serving;
      const url = `${new URL(reachedAt).origin}/revocations?since=${asked}`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${feedKey([secret])}` } });
      expect(answer.status).toBe(400);
    },
  );
});
